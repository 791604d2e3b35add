/** Who changed what: the draft's text against the text as it stands, and every act with its hash. */
import { el } from "./dom.js";
import { formatTime } from "./format.js";

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

const deeds = {
  draft: "wrote the draft",
  edit: "edited",
  sign: "signed",
  amend: "amended",
  retract: "marked it as entered in error",
  discard: "discarded the draft",
};

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
        ? el("del", {}, spoken(" removed: "), text, spoken(" end removed "))
        : el("ins", {}, spoken(" added: "), text, spoken(" end added "));
    }),
  );
}

/** @param {SectionDiff[]} sections */
const sectionDiffs = (sections) => sections.flatMap(({ title, diff }) => [el("h4", {}, title), diffView(diff)]);

/** @param {Act["by"]} by */
const nameOf = ({ kind, id, display }) =>
  kind === "system" ? (id === "template" ? "The template engine" : `The model ${id}`) : (display ?? id);

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
    el("p", {}, el("strong", {}, `${nameOf(by)} ${deeds[act]}`), `, ${formatTime(at, timeZone)}, version ${version}`),
    reason === undefined ? undefined : el("p", {}, `Reason: ${reason}`),
    attestation === undefined ? undefined : el("p", {}, `Attested: ${attestation}`),
    sources?.outcome === "unread" ? el("p", {}, "The sources could not be checked at the signature.") : undefined,
    told.length === 0 ? undefined : el("p", {}, "Signed after having been shown:"),
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
    ? el(
        "p",
        { class: "hint" },
        `Checked: ${acts.length === 1 ? "one act" : `${acts.length} acts`}, each hash covers the one before.`,
      )
    : el(
        "p",
        { class: "notice", role: "alert" },
        `This history does not hold from act ${verdict.at} on: something was changed outside this program. Tell the operator.`,
      );
  const drafted = acts[0]?.act === "draft";
  return el(
    "div",
    { class: "history" },
    ...(acts.length === 0 ? [el("p", {}, "No history was kept when this summary was written.")] : [whole]),
    el("h3", {}, "Against the draft"),
    ...(sinceDraft.length === 0
      ? [el("p", {}, drafted ? "Nothing: the text is as it was drafted." : "Nothing is known to have been changed.")]
      : sectionDiffs(sinceDraft)),
    el("h3", {}, "Act by act"),
    el("ol", {}, ...acts.map((act) => actView(act, timeZone))),
  );
}

/**
 * The folded part at the end of the page; its content is read when it is opened.
 * @param {{ timeZone: string, read: () => Promise<History> }} options
 */
export function historyPart({ timeZone, read }) {
  const body = el("div", { role: "region", "aria-labelledby": "history-title" });
  const open = async () => {
    if (!part.open || body.childElementCount > 0) return;
    body.replaceChildren(el("p", {}, "Reading the history\u2026"));
    const view = await read()
      .then((history) => historyView(history, timeZone))
      .catch(() => el("p", { class: "notice", role: "alert" }, "The history could not be read just now."));
    body.replaceChildren(view);
  };
  const part = el(
    "details",
    { id: "history", ontoggle: () => void open() },
    el("summary", { id: "history-title" }, "What was changed, and by whom"),
    body,
  );
  return part;
}
