/** The panel that shows what a sentence rests on. */
import { el, fill } from "./dom.js";
import { formatTime, typeWords } from "./format.js";

/**
 * @typedef {import("../../core/summary/summary.ts").Evidence} Evidence
 * @typedef {import("../../core/summary/summary.ts").Sentence} Sentence
 */

/**
 * What the EHR says about a cited resource now.
 * @typedef {{ label?: string, time?: string, status?: string, note?: string }} Cited
 */

const origins = {
  template: "Composed from the chart by fixed rules",
  model: "Written by a language model from the cited facts",
  person: "Written by a person",
};

/**
 * `Observation/123` as a reader's words.
 * @param {string} reference
 */
function typeOf(reference) {
  const [type = reference] = reference.split("/");
  const words = typeWords(type);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * One entry for each resource, whatever the sentence cites of it.
 * @param {readonly [Evidence, ...Evidence[]]} cites all of one resource
 * @param {Cited | undefined} cited undefined while it is being read
 * @param {string} timeZone
 */
function item(cites, cited, timeZone) {
  const [evidence] = cites;
  const elements = [...new Set(cites.flatMap(({ path }) => path ?? []))];
  /** @type {[string, string | undefined][]} */
  const rows = [...new Set(cites.map(({ value }) => value))].map(
    (value) => /** @type {[string, string | undefined]} */ (["Value", value]),
  );
  rows.push(
    ["Date", cited?.time === undefined ? undefined : formatTime(cited.time, timeZone)],
    ["Status", cited?.status],
    ["Resource", evidence.reference + (evidence.version === undefined ? "" : `, version ${evidence.version}`)],
    [elements.length > 1 ? "Elements" : "Element", elements.length === 0 ? undefined : elements.join(", ")],
  );
  const list = el("dl", {});
  for (const [name, value] of rows)
    if (value !== undefined) list.append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  const label = cited?.label ?? typeOf(evidence.reference);
  const note = cited === undefined ? "Reading the record\u2026" : cited.note;
  return el("li", {}, el("h3", {}, label), list, note === undefined ? undefined : el("p", { class: "hint" }, note));
}

/**
 * In the order in which the sentence cites them first.
 * @param {readonly Evidence[]} evidence
 */
function byResource(evidence) {
  /** @type {Map<string, [Evidence, ...Evidence[]]>} */
  const groups = new Map();
  for (const cite of evidence) {
    const group = groups.get(cite.reference);
    if (group === undefined) groups.set(cite.reference, [cite]);
    else group.push(cite);
  }
  return [...groups.values()];
}

/**
 * Shows a sentence's evidence; `read` fetches what the EHR says about each cited resource.
 * @param {Element} panel
 * @param {Sentence} sentence
 * @param {{ timeZone: string, read: (reference: string) => Promise<Cited>, onClose: () => void, onFeedback?: (() => void) | undefined, feedback?: string | undefined }} options
 */
export function showEvidence(panel, sentence, { timeZone, read, onClose, onFeedback, feedback }) {
  const list = el("ul", { class: "evidence-list" });
  const entries = byResource(sentence.evidence).map((cites) => {
    const view = item(cites, undefined, timeZone);
    list.append(view);
    return { cites, view };
  });
  const none = sentence.origin === "person" ? "No evidence: written by a person." : "No evidence found.";
  fill(
    panel,
    el(
      "div",
      { class: "section-head" },
      el("h2", { id: "evidence-title", tabindex: "-1" }, "Evidence"),
      el("button", { type: "button", class: "quiet", onclick: onClose }, "Close"),
    ),
    el("blockquote", {}, sentence.text),
    el(
      "p",
      { class: "hint" },
      `${origins[sentence.origin]}${sentence.origin !== "person" && sentence.verified ? "; every value was found in the record" : ""}.`,
    ),
    sentence.evidence.length === 0 ? el("p", {}, none) : list,
    onFeedback === undefined
      ? undefined
      : el(
          "p",
          {},
          el(
            "button",
            { type: "button", id: "feedback-sentence", onclick: onFeedback },
            feedback === undefined ? "Feedback on this sentence" : `Feedback on this sentence: ${feedback}`,
          ),
        ),
  );
  for (const { cites, view } of entries) {
    void read(cites[0].reference)
      .catch(() => ({
        note: "The record could not be read just now; what is shown was read when the draft was written.",
      }))
      .then((cited) => view.replaceWith(item(cites, cited, timeZone)));
  }
}
