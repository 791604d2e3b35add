/** A true word in the wrong stay: what the sentence says of allergies, of the way home and of the person against the chart. */
import type { GateCheck } from "./check.ts";
import { failEach } from "./check.ts";

const deniedAllergy = /\b(?:no|without|denie[sd]|nil|negative\s+for)\s+(?:\p{L}+\s+){0,2}allerg\p{L}*/giu;

/** "No known allergies" beside an entry of a substance. */
export const deniesNoAllergy: GateCheck = ({ text, chartFacts }) =>
  chartFacts.some(
    ({ kind, assertion, allergy }) => kind === "allergy" && assertion === "present" && allergy?.kind === "substance",
  )
    ? failEach("contradiction", text, deniedAllergy)
    : [];

const ofAllergy = /\b(?:allerg\p{L}*|intoleran\p{L}*|react\p{L}*|sensitiv\p{L}*|anaphyla\p{L}*)\b/iu;

/** A substance that only an allergy's entry names is spoken of as that, never as given. */
export const givesNoAllergen: GateCheck = ({ text, facts }) =>
  facts.some(({ kind, allergy }) => kind === "allergy" && allergy?.kind === "substance") && !ofAllergy.test(text)
    ? [{ kind: "contradiction", value: text, span: { start: 0, end: text.length } }]
    : [];

const foundNow =
  /\b(?:found\s+to\s+have|develop(?:s|ed)|diagnosed|this\s+(?:admission|stay)|during\s+(?:the|this)\s+(?:admission|stay))\b/giu;

/** What was known before the stay is not found in it. */
export const datesNoOldDiagnosis: GateCheck = ({ text, facts, values }) => {
  const diagnoses = facts.filter(({ kind }) => kind === "diagnosis");
  const old = diagnoses.some(({ period }) => period === "before" || period === "other-encounter");
  const dated = values.some(({ kind }) => kind === "date");
  return old && !dated ? failEach("contradiction", text, foundNow) : [];
};

const diagnosing = /\bdiagnos(?:is|es|ed)\b/giu;

/** What brought somebody in is no diagnosis: the word is said of an entry that is one, or as the evidence says it. */
export const diagnosesAsRecorded: GateCheck = ({ text, facts }) =>
  facts.some((fact) => fact.kind === "diagnosis" || /\bdiagnos/iu.test(fact.text))
    ? []
    : failEach("contradiction", text, diagnosing);

const wentHome =
  /\bdischarged?\s+(?:\p{L}+\s+){0,2}?home\b|\b(?:went|returned|sent|transferred)\s+(?:back\s+)?home\b/giu;

/** Home is said where the disposition says home. */
export const wentWhereRecorded: GateCheck = ({ text, chartFacts }) => {
  const disposition = chartFacts.find(({ kind }) => kind === "disposition");
  const home =
    disposition !== undefined &&
    /\bhome\b/iu.test(disposition.label) &&
    !/\bnursing\s+home\b/iu.test(disposition.label);
  return home ? [] : failEach("contradiction", text, wentHome).filter(({ value }) => !/medication/iu.test(value));
};

const male = /\b(?:he|his|him|himself|man|gentleman|male)\b/giu;
const female = /\b(?:she|her|hers|herself|woman|lady|female)\b/giu;

/** The patient's recorded gender, where the chart has one, is the sentence's. A relative's sentence may speak of another. */
export const speaksOfThisPerson: GateCheck = ({ text, chart, facts }) => {
  if (facts.some(({ assertion }) => assertion === "family")) return [];
  if (chart.patient.gender === "male") return failEach("contradiction", text, female);
  return chart.patient.gender === "female" ? failEach("contradiction", text, male) : [];
};
