/** Code systems and small pieces of FHIR. */
import type { CodeableConcept, Coding, Quantity } from "fhir/r4.js";

export const SNOMED = "http://snomed.info/sct";
export const LOINC = "http://loinc.org";
export const RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm";
export const ICD10 = "http://hl7.org/fhir/sid/icd-10-cm";
export const UCUM = "http://unitsofmeasure.org";

export const hl7 = (name: string): string => `http://terminology.hl7.org/CodeSystem/${name}`;

export function coding(system: string, code: string, display?: string): Coding {
  return { system, code, ...(display === undefined ? {} : { display }) };
}

/** A concept with text; codings as given. */
export function concept(text: string, ...codings: readonly Coding[]): CodeableConcept {
  return { text, ...(codings.length === 0 ? {} : { coding: [...codings] }) };
}

const ucumCodes: Readonly<Record<string, string>> = { mcg: "ug", units: "[iU]", mEq: "meq", puffs: "{puff}" };

export function quantity(value: number, unit: string): Quantity {
  return { value, unit, system: UCUM, code: ucumCodes[unit] ?? unit };
}
