/** What the clinician says of what was written: of a sentence, of a section, of the whole. */
import { ask } from "./dialogs.js";
import { el } from "./dom.js";
import { texts } from "./texts.js";

/**
 * @typedef {"helpful" | "wrong" | "missing"} Verdict
 * @typedef {{ section?: string | undefined, sentence?: string | undefined, verdict: Verdict, reason?: string }} Given
 * @typedef {{ section?: string | undefined, sentence?: string | undefined }} Place
 */

/**
 * What was said of a place; undefined where nothing was.
 * @param {readonly Given[] | undefined} all
 * @param {Place} place
 */
export function givenOf(all, { section, sentence }) {
  return all?.find((given) => given.section === section && given.sentence === sentence);
}

/**
 * @param {{ of: string, given: Given | undefined, sentence: boolean }} about
 * @returns {Promise<{ verdict: Verdict | null, reason?: string } | undefined>} null takes back what was said
 */
export function askFeedback({ of, given, sentence }) {
  const offered = /** @type {Verdict[]} */ (sentence ? ["helpful", "wrong"] : ["helpful", "wrong", "missing"]);
  const { title, how, isHelpful, isWrong, isMissing, takeBack, why, hint } = texts.feedback;
  const choices = { helpful: isHelpful, wrong: isWrong, missing: isMissing };
  const radios = offered.map((verdict) => {
    const box = el("input", {
      type: "radio",
      name: "verdict",
      id: `verdict-${verdict}`,
      value: verdict,
      required: true,
    });
    box.checked = given?.verdict === verdict;
    return { verdict, box, view: el("p", { class: "check" }, box, el("label", { for: box.id }, choices[verdict])) };
  });
  const back = el("input", { type: "radio", name: "verdict", id: "verdict-none", required: true });
  const none = el("p", { class: "check" }, back, el("label", { for: back.id }, takeBack));
  const reason = el("textarea", { id: "feedback-reason", rows: "3", maxlength: "500" });
  reason.value = given?.reason ?? "";
  return ask({
    title,
    body: [
      el("p", {}, of),
      el("fieldset", {}, el("legend", {}, how), ...radios.map(({ view }) => view), given === undefined ? "" : none),
      el("p", {}, el("label", { for: reason.id }, why), reason),
      el("p", { class: "hint" }, hint),
    ],
    confirm: texts.act.send,
    collect: () => {
      if (back.checked) return { verdict: null };
      const chosen = radios.find(({ box }) => box.checked)?.verdict;
      if (chosen === undefined) return undefined;
      const words = reason.value.trim();
      return { verdict: chosen, ...(words === "" ? {} : { reason: words }) };
    },
  });
}

/** @returns {Promise<Record<string, number> | undefined>} a score from 1 to 5 for each item */
export function askRating() {
  const rows = Object.entries(texts.rating.items).map(([name, label]) => {
    const choice = el(
      "select",
      { id: `pdqi9-${name}`, required: true },
      el("option", { value: "" }, "\u2013"),
      ...[1, 2, 3, 4, 5].map((score) => el("option", { value: String(score) }, String(score))),
    );
    return { name, choice, view: el("p", { class: "rating" }, el("label", { for: choice.id }, label), choice) };
  });
  return ask({
    title: texts.act.rate,
    body: [el("p", {}, texts.rating.hint), ...rows.map(({ view }) => view)],
    confirm: texts.act.send,
    collect: () => {
      const scores = rows.map(({ name, choice }) => /** @type {const} */ ([name, Number(choice.value)]));
      return scores.every(([, score]) => score > 0) ? Object.fromEntries(scores) : undefined;
    },
  });
}
