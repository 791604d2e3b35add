/** One medicine in the many ways in which charts write it down. */
import type { CodeableConcept, Dosage, Medication, Reference } from "fhir/r4.js";
import type { Drug } from "../catalogue/drugs.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add } from "../chart-draft.ts";
import { coding, concept, quantity, RXNORM, SNOMED } from "../codes.ts";

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
  const forms: readonly (() => MedicationElement)[] = [
    () => ({ medicationCodeableConcept: concept(drug.name, code) }),
    () => ({ medicationCodeableConcept: concept(drug.name) }),
    () => ({ medicationCodeableConcept: concept(product(drug, dose), code) }),
    () => ({ medicationCodeableConcept: { coding: [code] } }),
    () => ({ medicationCodeableConcept: concept(drug.brand ?? drug.name, code) }),
    () => byReference(draft, drug),
  ];
  return draft.dice.pick(forms)();
}

/** Names under which a reader would find the medicine. */
export function namesOf(drug: Drug): readonly string[] {
  return drug.brand === undefined ? [drug.name] : [drug.name, drug.brand];
}

/** Words with codes, codes alone, or words alone. */
export function writeDosage(draft: ChartDraft, drug: Drug, regimen: Regimen): Dosage {
  const route = routes[drug.route];
  const text = `${doseWords(drug, regimen)} ${route.words} ${oftenWords(regimen.times)}`;
  const coded: Dosage = {
    route: concept(route.display, coding(SNOMED, route.code, route.display)),
    doseAndRate: [{ doseQuantity: quantity(regimen.dose, drug.unit) }],
    timing: { repeat: { frequency: regimen.times, period: 1, periodUnit: "d" } },
  };
  return draft.dice.pick([{ text, ...coded }, { text, ...coded }, coded, { text }]);
}
