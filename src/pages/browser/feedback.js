/** What the clinician says of what was written: of a sentence, of a section, of the whole. */
import { ask } from "./dialogs.js";
import { el } from "./dom.js";

/**
 * @typedef {"helpful" | "wrong" | "missing"} Verdict
 * @typedef {{ section?: string | undefined, sentence?: string | undefined, verdict: Verdict, reason?: string }} Given
 * @typedef {{ section?: string | undefined, sentence?: string | undefined }} Place
 */

/** @type {Readonly<Record<Verdict, string>>} */
export const verdictWords = { helpful: "helpful", wrong: "wrong", missing: "something missing" };

/** @type {Readonly<Record<Verdict, string>>} */
const choices = {
  helpful: "Helpful",
  wrong: "Wrong: it says what is not so",
  missing: "Something is missing that the chart holds",
};

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
  const none = el("p", { class: "check" }, back, el("label", { for: back.id }, "Take back what I said"));
  const reason = el("textarea", { id: "feedback-reason", rows: "3", maxlength: "500" });
  reason.value = given?.reason ?? "";
  return ask({
    title: "Feedback",
    body: [
      el("p", {}, of),
      el(
        "fieldset",
        {},
        el("legend", {}, "How is it?"),
        ...radios.map(({ view }) => view),
        given === undefined ? "" : none,
      ),
      el("p", {}, el("label", { for: reason.id }, "Why? (optional)"), reason),
      el("p", { class: "hint" }, "Your words are kept sealed with this summary, and change nothing in it."),
    ],
    confirm: "Send",
    collect: () => {
      if (back.checked) return { verdict: null };
      const chosen = radios.find(({ box }) => box.checked)?.verdict;
      if (chosen === undefined) return undefined;
      const words = reason.value.trim();
      return { verdict: chosen, ...(words === "" ? {} : { reason: words }) };
    },
  });
}

const items = [
  ["up-to-date", "Up to date"],
  ["accurate", "Accurate"],
  ["thorough", "Thorough"],
  ["useful", "Useful"],
  ["organized", "Organized"],
  ["comprehensible", "Comprehensible"],
  ["succinct", "Succinct"],
  ["synthesized", "Synthesized"],
  ["internally-consistent", "Internally consistent"],
];

/** @returns {Promise<Record<string, number> | undefined>} a score from 1 to 5 for each item */
export function askRating() {
  const rows = items.map(([name = "", label = ""]) => {
    const choice = el(
      "select",
      { id: `pdqi9-${name}`, required: true },
      el("option", { value: "" }, "\u2013"),
      ...[1, 2, 3, 4, 5].map((score) => el("option", { value: String(score) }, String(score))),
    );
    return { name, choice, view: el("p", { class: "rating" }, el("label", { for: choice.id }, label), choice) };
  });
  return ask({
    title: "Rate this summary",
    body: [
      el("p", {}, "PDQI-9, nine questions about the quality of a clinical text: 1 is not at all, 5 is extremely."),
      ...rows.map(({ view }) => view),
    ],
    confirm: "Send",
    collect: () => {
      const scores = rows.map(({ name, choice }) => /** @type {const} */ ([name, Number(choice.value)]));
      return scores.every(([, score]) => score > 0) ? Object.fromEntries(scores) : undefined;
    },
  });
}
