/** The draft while it is written: what the stream's events make of it. Pure. */

/** @typedef {import("../../core/summary/summary.ts").Section} Section */

/**
 * @typedef {object} LiveSection
 * @property {string} id
 * @property {string} text preview: unverified, may still change
 * @property {number} attempt
 * @property {Section} [content] the finished section, verified, with its evidence
 */

/** @typedef {ReadonlyMap<string, LiveSection>} LiveDraft */

/** @type {LiveDraft} */
export const emptyDraft = new Map();

/**
 * The draft after one more event. Text of an older attempt that comes late is ignored, and a finished section is never
 * touched again (contract, section 5).
 * @param {LiveDraft} draft
 * @param {string} type
 * @param {{ section?: string, attempt?: number, text?: string, state?: string, content?: Section }} data
 * @returns {LiveDraft}
 */
export function applyEvent(draft, type, data) {
  const { section: id, attempt = 1 } = data;
  if (id === undefined) return draft;
  const known = draft.get(id);
  if (known?.content !== undefined || (known !== undefined && attempt < known.attempt)) return draft;
  const text = known !== undefined && known.attempt === attempt ? known.text : "";
  if (type === "draft.delta") return withSection(draft, { id, attempt, text: text + (data.text ?? "") });
  if (type === "draft.reset") return withSection(draft, { id, attempt, text: "" });
  if (type === "draft.section" && data.state === "finished" && data.content !== undefined) {
    return withSection(draft, { id, attempt, text, content: data.content });
  }
  return draft;
}

/**
 * @param {LiveDraft} draft
 * @param {LiveSection} section
 * @returns {LiveDraft}
 */
function withSection(draft, section) {
  return new Map(draft).set(section.id, section);
}

/**
 * How many sections are finished.
 * @param {LiveDraft} draft
 */
export function finishedCount(draft) {
  return [...draft.values()].filter((section) => section.content !== undefined).length;
}
