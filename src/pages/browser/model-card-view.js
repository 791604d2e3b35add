/** What wrote the draft, what it is for, and how it was found to be: the hospital's model card, for who reads the draft. */
import { tell } from "./dialogs.js";
import { el } from "./dom.js";

/**
 * @typedef {object} ModelCard
 * @property {string} name
 * @property {string} release
 * @property {{ engine: string, language: string }} tenant
 * @property {{ provider: string, name: string, promptVersion: string }} [model]
 * @property {string} [style]
 * @property {string[]} intendedUse
 * @property {string[]} notFor
 * @property {string[]} howItWrites
 * @property {string[]} safeguards
 * @property {string[]} limits
 * @property {string} humanOversight
 * @property {{ charts: number, date: string, model?: string, figures: { name: string, value: number, threshold: number, ok: boolean }[] }[]} evaluations
 */

/** @param {string} title @param {string[]} items */
const list = (title, items) => [el("h3", {}, title), el("ul", {}, ...items.map((item) => el("li", {}, item)))];

/** @param {ModelCard["evaluations"][number]} evaluation */
function figures({ charts, date, model, figures: rows }) {
  const by = model === undefined ? "" : `, model ${model}`;
  const head = ["Metric", "Value", "Aim", "Result"].map((text) => el("th", { scope: "col" }, text));
  return [
    el(
      "table",
      {},
      el("caption", {}, `Evaluation of ${date} on ${charts} synthetic charts${by}`),
      el("thead", {}, el("tr", {}, ...head)),
      el(
        "tbody",
        {},
        ...rows.map(({ name, value, threshold, ok }) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, name),
            el("td", {}, String(value)),
            el("td", {}, String(threshold)),
            el("td", {}, ok ? "met" : "missed"),
          ),
        ),
      ),
    ),
  ];
}

/**
 * Shows the card in a dialog of its own.
 * @param {ModelCard} card
 * @param {{ engine: string, model?: string, generation?: { promptVersion: string } } | undefined} summary the draft that is shown
 */
export function showModelCard(card, summary) {
  const { tenant, model, style } = card;
  const prompts = summary?.generation?.promptVersion ?? model?.promptVersion;
  /** @type {[string, string | undefined][]} */
  const rows = [
    ["Release", card.release],
    ["This draft by", summary === undefined ? undefined : (summary.model ?? summary.engine)],
    ["Engine", tenant.engine],
    ["Model", model === undefined ? undefined : `${model.name} (${model.provider})`],
    ["Prompts", prompts],
    ["House style", style],
  ];
  const facts = el("dl", {});
  for (const [name, value] of rows)
    if (value !== undefined) facts.append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return tell("About this draft", [
    facts,
    el("p", {}, card.humanOversight),
    ...list("Intended use", card.intendedUse),
    ...list("Not for", card.notFor),
    ...list("How it is written", card.howItWrites),
    ...list("What protects the reader", card.safeguards),
    ...list("Limits", card.limits),
    ...card.evaluations.flatMap(figures),
  ]);
}
