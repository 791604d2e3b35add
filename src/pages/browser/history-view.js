/** Who changed what: the draft's text against the text as it stands, and every act with its hash. */
import { el } from "./dom.js";
import { formatTime } from "./format.js";
import { texts as words } from "./history-texts.js";

/**
 * @typedef {{ op: "same" | "removed" | "added", text: string }} DiffPart
 * @typedef {{ id: string, title: string, diff: DiffPart[] }} SectionDiff
 * @typedef {object} Act
 * @property {number} number
 * @property {"draft" | "edit" | "sign" | "amend" | "retract" | "discard"} act
 * @property {number} version
 * @property {string} at
 * @property {{ kind: string, id: string, display?: string }} by
 * @property {string} chain
 * @property {{ sections: SectionDiff[], attestation?: string, reason?: string, sources?: { outcome: string, acknowledged: string[] } }} details
 *
 * @typedef {{ acts: Act[], sinceDraft: SectionDiff[], verdict: { ok: boolean, at?: number } }} History
 */

/** Unchanged text beside a change says where it is; more than this says nothing more. */
const contextCharacters = 90;

/**
 * @param {string} text
 * @param {boolean} first nothing stands before it
 * @param {boolean} last nothing comes after it
 */
function shortened(text, first, last) {
  if (text.length <= 2 * contextCharacters) return text;
  const head = first ? "" : text.slice(0, contextCharacters).replace(/\s+\S*$/u, "");
  const tail = last ? "" : text.slice(-contextCharacters).replace(/^\S*\s+/u, "");
  return `${head}${head === "" ? "" : " "}\u2026${tail === "" ? "" : " "}${tail}`;
}

/**
 * Marked by element, line and word for those who see no colours, and said aloud for those who hear the page.
 * @param {DiffPart[]} diff
 */
export function diffView(diff) {
  const spoken = (/** @type {string} */ text) => el("span", { class: "spoken" }, text);
  return el(
    "p",
    { class: "diff" },
    ...diff.map(({ op, text }, index) => {
      if (op === "same") return shortened(text, index === 0, index === diff.length - 1);
      return op === "removed"
        ? el("del", {}, spoken(words.removed), text, spoken(words.removedEnd))
        : el("ins", {}, spoken(words.added), text, spoken(words.addedEnd));
    }),
  );
}

/** @param {SectionDiff[]} sections */
const sectionDiffs = (sections) => sections.flatMap(({ title, diff }) => [el("h4", {}, title), diffView(diff)]);

/** @param {Act["by"]} by */
const nameOf = ({ kind, id, display }) =>
  kind === "system" ? (id === "template" ? words.template : words.model({ model: id })) : (display ?? id);

/**
 * @param {Act} act
 * @param {string} timeZone
 */
function actView({ act, version, at, by, chain, details }, timeZone) {
  const { sections, attestation, reason, sources } = details;
  const told = sources?.acknowledged ?? [];
  return el(
    "li",
    {},
    el(
      "p",
      {},
      el("strong", {}, words[act]({ who: nameOf(by) })),
      words.when({ date: formatTime(at, timeZone), version }),
    ),
    reason === undefined ? undefined : el("p", {}, words.reason({ reason })),
    attestation === undefined ? undefined : el("p", {}, words.attested({ attestation })),
    sources?.outcome === "unread" ? el("p", {}, words.unread) : undefined,
    told.length === 0 ? undefined : el("p", {}, words.shown),
    told.length === 0 ? undefined : el("ul", {}, ...told.map((text) => el("li", {}, text))),
    ...sectionDiffs(sections),
    el("p", { class: "hash" }, `SHA-256 ${chain}`),
  );
}

/**
 * @param {History} history
 * @param {string} timeZone
 */
export function historyView({ acts, sinceDraft, verdict }, timeZone) {
  const whole = verdict.ok
    ? el("p", { class: "hint" }, words.holds({ count: acts.length }))
    : el("p", { class: "notice", role: "alert" }, words.broken({ act: verdict.at ?? 1 }));
  const drafted = acts[0]?.act === "draft";
  return el(
    "div",
    { class: "history" },
    ...(acts.length === 0 ? [el("p", {}, words.notKept)] : [whole]),
    el("h3", {}, words.sinceDraft),
    ...(sinceDraft.length === 0 ? [el("p", {}, drafted ? words.same : words.unknown)] : sectionDiffs(sinceDraft)),
    el("h3", {}, words.acts),
    el("ol", {}, ...acts.map((act) => actView(act, timeZone))),
  );
}
