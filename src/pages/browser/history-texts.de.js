/** What a history says of its own, in German. */

/** @type {import("./history-texts.js").Texts} */
export const texts = {
  holds: ({ count }) =>
    count === 1
      ? "Geprüft: ein Schritt, mit seinem Hash."
      : `Geprüft: ${count} Schritte, jeder Hash umfasst den vorigen.`,
  broken: ({ act }) =>
    `Dieser Verlauf stimmt ab Schritt ${act} nicht mehr: Etwas wurde außerhalb dieses Programms geändert. Bitte benachrichtigen Sie den Betreiber.`,
  notKept: "Als dieser Brief geschrieben wurde, wurde noch kein Verlauf festgehalten.",
  sinceDraft: "Gegenüber dem Entwurf",
  same: "Nichts: Der Text ist der des Entwurfs.",
  unknown: "Von Änderungen ist nichts bekannt.",
  acts: "Schritt für Schritt",
  draft: ({ who }) => `Entwurf geschrieben: ${who}`,
  edit: ({ who }) => `Bearbeitet: ${who}`,
  sign: ({ who }) => `Unterschrieben: ${who}`,
  amend: ({ who }) => `Geändert: ${who}`,
  retract: ({ who }) => `Zurückgezogen: ${who}`,
  discard: ({ who }) => `Entwurf verworfen: ${who}`,
  template: "feste Regeln",
  model: ({ model }) => `Modell ${model}`,
  when: ({ date, version }) => `, ${date}, Version ${version}`,
  reason: ({ reason }) => `Grund: ${reason}`,
  attested: ({ attestation }) => `Erklärung: ${attestation}`,
  unread: "Beim Unterschreiben ließen sich die zugrunde liegenden Einträge nicht prüfen.",
  shown: "Vor dem Unterschreiben wurde gezeigt:",
  removed: " gestrichen: ",
  removedEnd: " Ende gestrichen ",
  added: " eingefügt: ",
  addedEnd: " Ende eingefügt ",
};
