/** What wrote the draft, what it is for, and how it was found to be: the hospital's model card, for who reads the draft. */
import { texts as words } from "./card-texts.js";
import { tell } from "./dialogs.js";
import { el } from "./dom.js";
import { formatTime } from "./format.js";

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

/** @param {number} figure */
const printed = (figure) =>
  new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 6 }).format(figure);

/** @param {string} engine */
const engineWords = (engine) => (engine === "template" ? words.template : words.modelEngine);

/** @param {string} title @param {string[]} items */
const list = (title, items) => [el("h3", {}, title), el("ul", {}, ...items.map((item) => el("li", {}, item)))];

/** @param {ModelCard["evaluations"][number]} evaluation */
function figures({ charts, date, model, figures: rows }) {
  const on = { date: formatTime(date, "UTC"), count: charts };
  const caption = model === undefined ? words.evaluation(on) : words.evaluationOf({ ...on, model });
  const head = [words.metric, words.value, words.aim, words.result].map((text) => el("th", { scope: "col" }, text));
  return [
    el(
      "table",
      {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, ...head)),
      el(
        "tbody",
        {},
        ...rows.map(({ name, value, threshold, ok }) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, name),
            el("td", {}, printed(value)),
            el("td", {}, printed(threshold)),
            el("td", {}, ok ? words.met : words.missed),
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
    [words.release, card.release],
    [words.by, summary === undefined ? undefined : (summary.model ?? engineWords(summary.engine))],
    [words.engine, engineWords(tenant.engine)],
    [words.model, model === undefined ? undefined : `${model.name} (${model.provider})`],
    [words.prompts, prompts],
    [words.style, style],
  ];
  const facts = el("dl", {});
  for (const [name, value] of rows)
    if (value !== undefined) facts.append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return tell(words.title, [
    facts,
    el("p", {}, card.humanOversight),
    ...list(words.intendedUse, card.intendedUse),
    ...list(words.notFor, card.notFor),
    ...list(words.howItWrites, card.howItWrites),
    ...list(words.safeguards, card.safeguards),
    ...list(words.limits, card.limits),
    ...card.evaluations.flatMap(figures),
  ]);
}
