/** One medicine in the many ways in which charts write it down. */
import type { CodeableConcept, Dosage, Medication, Reference } from "fhir/r4.js";
import type { Drug } from "../catalogue/drugs.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add } from "../chart-draft.ts";
import { coding, concept, hl7, quantity, RXNORM, SNOMED } from "../codes.ts";
import type { Words } from "../truth.ts";

export interface Regimen {
  readonly dose: number;
  readonly times: number;
}

const routes = {
  oral: { code: "26643006", display: "Oral route", words: "by mouth" },
  subcutaneous: { code: "34206005", display: "Subcutaneous route", words: "subcutaneously" },
  intravenous: { code: "47625008", display: "Intravenous route", words: "intravenously" },
  inhalation: { code: "447694001", display: "Inhalation route", words: "inhaled" },
} as const;

const often: Readonly<Record<number, string>> = {
  1: "once daily",
  2: "twice daily",
  3: "three times daily",
  4: "four times daily",
};

export const oftenWords = (times: number): string => often[times] ?? `${times} times daily`;

/** `40 mg` as it is to stand in the summary. */
export const doseWords = (drug: Drug, { dose }: Regimen): string => `${dose} ${drug.unit}`;

export interface MedicationElement {
  readonly medicationCodeableConcept?: CodeableConcept;
  readonly medicationReference?: Reference;
}

function product(drug: Drug, dose: number): string {
  if (drug.route === "oral") return `${drug.name} ${dose} ${drug.unit} oral tablet`;
  return drug.name;
}

/** `furosemide (LASIX) 40 MG tablet`: no code, the brand in brackets, capitals. */
function pharmacyName(drug: Drug, dose: number): string {
  const brand = drug.brand === undefined ? "" : ` (${drug.brand.toUpperCase()})`;
  if (drug.route !== "oral") return `${drug.name.toLowerCase()}${brand}`;
  return `${drug.name.toLowerCase()}${brand} ${dose} ${drug.unit.toUpperCase()} tablet`;
}

/** A Medication resource that the entry points to; the name stands there alone. */
function byReference(draft: ChartDraft, drug: Drug): MedicationElement {
  const medication: Medication = {
    resourceType: "Medication",
    id: draft.id("medication"),
    meta: { versionId: "1" },
    code: concept(drug.name, coding(RXNORM, drug.rxnorm, drug.name)),
  };
  return { medicationReference: { reference: add(draft, medication) } };
}

/** Code and words, words alone, the product's name, the brand with the ingredient's code, or a Medication of its own. */
export function writeDrug(draft: ChartDraft, drug: Drug, dose: number): MedicationElement {
  const code = coding(RXNORM, drug.rxnorm, drug.name.toLowerCase());
  const written: readonly (() => MedicationElement)[] = [
    () => ({ medicationCodeableConcept: concept(drug.name, code) }),
    () => ({ medicationCodeableConcept: concept(drug.name) }),
    () => ({ medicationCodeableConcept: concept(product(drug, dose), code) }),
    () => ({ medicationCodeableConcept: { coding: [code] } }),
    () => ({ medicationCodeableConcept: concept(drug.brand ?? drug.name, code) }),
    () => byReference(draft, drug),
    () => ({ medicationCodeableConcept: concept(pharmacyName(drug, dose)) }),
    () => ({ medicationCodeableConcept: concept(drug.name.toUpperCase(), code) }),
  ];
  return draft.dice.pick(written)();
}

/** Names under which a reader would find the medicine. */
export function namesOf(drug: Drug): readonly string[] {
  return drug.brand === undefined ? [drug.name] : [drug.name, drug.brand];
}

interface Directions {
  readonly drug: Drug;
  readonly regimen: Regimen;
  /** In words, as `40 mg by mouth once daily`. */
  readonly text: string;
  readonly coded: Dosage;
}

const latin: Readonly<Record<number, string>> = { 1: "daily", 2: "BID", 3: "TID", 4: "QID" };
const latinRoutes = { oral: "PO", subcutaneous: "subcutaneously", intravenous: "IV", inhalation: "inhaled" } as const;
const spoken: Readonly<Record<number, string>> = { 1: "every day", 2: "two times a day", 3: "three times a day" };

/** How prescribers, pharmacies and converters write the same directions. */
const forms: readonly ((directions: Directions) => Dosage)[] = [
  ({ text, coded }) => ({ text, ...coded }),
  ({ coded }) => coded,
  ({ text }) => ({ text }),
  ({ drug, regimen }) => ({ text: `${regimen.dose} ${drug.unit} ${latinRoutes[drug.route]} ${latin[regimen.times]}` }),
  ({ drug, regimen }) => ({
    text: `${regimen.dose}${drug.unit === "units" ? " " : ""}${drug.unit} ${routes[drug.route].words} ${spoken[regimen.times]}`,
  }),
  // Converters that know only a code for how often.
  ({ coded, regimen }) => ({
    ...coded,
    timing: { code: concept(latin[regimen.times] ?? "", coding(hl7("v3-GTSAbbreviation"), gts[regimen.times] ?? "")) },
  }),
  // Words from the pharmacy beside the codes of the prescriber.
  ({ drug, regimen, coded }) =>
    drug.route === "oral"
      ? { text: `Take 1 tablet (${regimen.dose} ${drug.unit}) by mouth ${oftenWords(regimen.times)}`, ...coded }
      : coded,
];

const gts: Readonly<Record<number, string>> = { 1: "QD", 2: "BID", 3: "TID", 4: "QID" };

/** One of the ways to write down a regimen. */
export function writeDosage(draft: ChartDraft, drug: Drug, regimen: Regimen): Dosage {
  const route = routes[drug.route];
  const text = `${doseWords(drug, regimen)} ${route.words} ${oftenWords(regimen.times)}`;
  const coded: Dosage = {
    route: concept(route.display, coding(SNOMED, route.code, route.display)),
    doseAndRate: [{ doseQuantity: quantity(regimen.dose, drug.unit) }],
    timing: { repeat: { frequency: regimen.times, period: 1, periodUnit: "d" } },
  };
  return draft.dice.pick(forms)({ drug, regimen, text, coded });
}

/** The dose and how often, in any of the ways in which a summary may rightly print them. */
export function regimenWords(drug: Drug, regimen: Regimen): readonly Words[] {
  const often = [oftenWords(regimen.times), latin[regimen.times] ?? "", spoken[regimen.times] ?? ""];
  return [doseForms(drug, regimen), often];
}

/** `40 mg`, `40mg`. */
export const doseForms = (drug: Drug, { dose }: Regimen): Words => [`${dose} ${drug.unit}`, `${dose}${drug.unit}`];
