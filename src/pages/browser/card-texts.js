/** What stands around a model card, in English: see `texts.js`. Loaded with the card, which few open. */

/** @typedef {typeof texts} Texts */

export const texts = {
  title: "About this draft",
  release: "Release",
  by: "This draft by",
  template: "template",
  engine: "Engine",
  modelEngine: "model",
  model: "Model",
  prompts: "Prompts",
  style: "House style",
  intendedUse: "Intended use",
  notFor: "Not for",
  howItWrites: "How it is written",
  safeguards: "What protects the reader",
  limits: "Limits",
  /** @param {{ date: string, count: number }} p */
  evaluation: ({ date, count }) => `Evaluation of ${date} on ${count} synthetic charts`,
  /** @param {{ date: string, count: number, model: string }} p */
  evaluationOf: ({ date, count, model }) => `Evaluation of ${date} on ${count} synthetic charts, model ${model}`,
  metric: "Metric",
  value: "Value",
  aim: "Aim",
  result: "Result",
  met: "met",
  missed: "missed",
};
