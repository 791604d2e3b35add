/** What a history says of its own, in English: see `texts.js`. Loaded with the history, which few open. */

/** @typedef {typeof texts} Texts */

export const texts = {
  /** @param {{ count: number }} p */
  holds: ({ count }) => `Checked: ${count === 1 ? "one act" : `${count} acts`}, each hash covers the one before.`,
  /** @param {{ act: number }} p */
  broken: ({ act }) =>
    `This history does not hold from act ${act} on: something was changed outside this program. Tell the operator.`,
  notKept: "No history was kept when this summary was written.",
  sinceDraft: "Against the draft",
  same: "Nothing: the text is as it was drafted.",
  unknown: "Nothing is known to have been changed.",
  acts: "Act by act",
  /** @param {{ who: string }} p */
  draft: ({ who }) => `${who} wrote the draft`,
  /** @param {{ who: string }} p */
  edit: ({ who }) => `${who} edited`,
  /** @param {{ who: string }} p */
  sign: ({ who }) => `${who} signed`,
  /** @param {{ who: string }} p */
  amend: ({ who }) => `${who} amended`,
  /** @param {{ who: string }} p */
  retract: ({ who }) => `${who} marked it as entered in error`,
  /** @param {{ who: string }} p */
  discard: ({ who }) => `${who} discarded the draft`,
  template: "The template engine",
  /** @param {{ model: string }} p */
  model: ({ model }) => `The model ${model}`,
  /** @param {{ date: string, version: number }} p */
  when: ({ date, version }) => `, ${date}, version ${version}`,
  /** @param {{ reason: string }} p */
  reason: ({ reason }) => `Reason: ${reason}`,
  /** @param {{ attestation: string }} p */
  attested: ({ attestation }) => `Attested: ${attestation}`,
  unread: "The sources could not be checked at the signature.",
  shown: "Signed after having been shown:",
  /** Said aloud around what is struck out or underlined. */
  removed: " removed: ",
  removedEnd: " end removed ",
  added: " added: ",
  addedEnd: " end added ",
};
