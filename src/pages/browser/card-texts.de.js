/** What stands around a model card, in German. */

/** @type {import("./card-texts.js").Texts} */
export const texts = {
  title: "Über diesen Entwurf",
  release: "Version",
  by: "Entwurf von",
  template: "feste Regeln",
  engine: "Verfahren",
  modelEngine: "Sprachmodell",
  model: "Modell",
  prompts: "Anweisungen",
  style: "Hausstil",
  intendedUse: "Wofür er bestimmt ist",
  notFor: "Wofür nicht",
  howItWrites: "Wie er geschrieben wird",
  safeguards: "Was die Lesenden schützt",
  limits: "Grenzen",
  evaluation: ({ date, count }) => `Bewertung vom ${date} an ${count} synthetischen Akten`,
  evaluationOf: ({ date, count, model }) => `Bewertung vom ${date} an ${count} synthetischen Akten, Modell ${model}`,
  metric: "Messgröße",
  value: "Wert",
  aim: "Ziel",
  result: "Ergebnis",
  met: "erreicht",
  missed: "verfehlt",
};
