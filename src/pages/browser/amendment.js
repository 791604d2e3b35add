/** A signed summary that is being amended: changed texts are kept here until they are signed together. Pure. */

/**
 * @typedef {import("../../core/summary/summary.ts").Section} Section
 * @typedef {import("../../core/summary/summary.ts").Sentence} Sentence
 */

/**
 * @typedef {object} Amendment
 * @property {string} etag version that it changes
 * @property {ReadonlyMap<string, string>} texts new text by section
 */

/**
 * The amendment with one more text; a text that says what the section says is no change.
 * @param {Amendment} amendment
 * @param {Section} section as it was signed
 * @param {string} text
 * @returns {Amendment}
 */
export function withText(amendment, section, text) {
  const texts = new Map(amendment.texts);
  if (
    text.trim() ===
    section.sentences
      .map((sentence) => sentence.text)
      .join("\n")
      .trim()
  )
    texts.delete(section.id);
  else texts.set(section.id, text);
  return { ...amendment, texts };
}

/**
 * The section as the amendment will have it: lines that stay keep their sentence, and with it their evidence.
 * @param {Section} section
 * @param {Amendment | undefined} amendment
 * @returns {Section}
 */
export function amended(section, amendment) {
  const text = amendment?.texts.get(section.id);
  if (text === undefined) return section;
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  /** @type {Sentence[]} */
  const sentences = lines.map(
    (line, index) =>
      section.sentences.find((sentence) => sentence.text === line) ?? {
        id: `${section.id}.amended-${index}`,
        text: line,
        origin: "person",
        verified: false,
        evidence: [],
      },
  );
  return { ...section, status: lines.length === 0 ? "not-documented" : "documented", sentences };
}
