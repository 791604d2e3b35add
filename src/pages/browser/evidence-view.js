/** The panel that shows what a sentence rests on. */
import { el, fill } from "./dom.js";
import { formatTime } from "./format.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("../../core/summary/summary.ts").Evidence} Evidence
 * @typedef {import("../../core/summary/summary.ts").Sentence} Sentence
 */

/**
 * What the EHR says about a cited resource now.
 * @typedef {{ label?: string, time?: string, status?: string, note?: string }} Cited
 */

/**
 * `Observation/123` as a reader's words.
 * @param {string} reference
 */
function typeOf(reference) {
  const [type = reference] = reference.split("/");
  const words = texts.record.type({ type, count: 1 });
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
    (value) => /** @type {[string, string | undefined]} */ ([texts.evidence.value, value]),
  );
  rows.push(
    [texts.evidence.date, cited?.time === undefined ? undefined : formatTime(cited.time, timeZone)],
    [texts.evidence.status, cited?.status],
    [
      texts.evidence.resource,
      evidence.version === undefined
        ? evidence.reference
        : texts.evidence.versioned({ reference: evidence.reference, version: evidence.version }),
    ],
    [texts.evidence.elements({ count: elements.length }), elements.length === 0 ? undefined : elements.join(", ")],
  );
  const list = el("dl", {});
  for (const [name, value] of rows)
    if (value !== undefined) list.append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  const label = cited?.label ?? typeOf(evidence.reference);
  const note = cited === undefined ? texts.evidence.reading : cited.note;
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
  const none = sentence.origin === "person" ? texts.evidence.noneOfPerson : texts.evidence.none;
  fill(
    panel,
    el(
      "div",
      { class: "section-head" },
      el("h2", { id: "evidence-title", tabindex: "-1" }, texts.evidence.title),
      el("button", { type: "button", class: "quiet", onclick: onClose }, texts.act.close),
    ),
    el("blockquote", {}, sentence.text),
    el(
      "p",
      { class: "hint" },
      `${texts.evidence[sentence.origin]}${sentence.origin !== "person" && sentence.verified ? `; ${texts.evidence.verified}` : ""}.`,
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
            feedback === undefined ? texts.feedback.onSentence : texts.feedback.saidOfSentence({ said: feedback }),
          ),
        ),
  );
  for (const { cites, view } of entries) {
    void read(cites[0].reference)
      .catch(() => ({
        note: texts.evidence.notRead,
      }))
      .then((cited) => view.replaceWith(item(cites, cited, timeZone)));
  }
}
