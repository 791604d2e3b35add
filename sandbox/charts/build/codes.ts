/** Code systems and the codings that the charts share. */
import type { CodeableConcept, Coding } from "fhir/r4.js";

export const LOINC = "http://loinc.org";
export const SNOMED = "http://snomed.info/sct";
export const RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm";
export const ICD10 = "http://hl7.org/fhir/sid/icd-10-cm";
export const ICD10PCS = "http://www.cms.gov/Medicare/Coding/ICD10";
export const CVX = "http://hl7.org/fhir/sid/cvx";
export const UCUM = "http://unitsofmeasure.org";
const TERMINOLOGY = "http://terminology.hl7.org/CodeSystem";

export function coding(system: string, code: string, display?: string): Coding {
  return { system, code, ...(display === undefined ? {} : { display }) };
}

export function concept(text: string, ...codings: readonly Coding[]): CodeableConcept {
  return { ...(codings.length === 0 ? {} : { coding: [...codings] }), text };
}

/** A concept of one of HL7's own code systems: `hl7("condition-clinical", "active")`. */
export function hl7(system: string, code: string, display?: string): CodeableConcept {
  return { coding: [coding(`${TERMINOLOGY}/${system}`, code, display)] };
}

export function hl7Coding(system: string, code: string, display?: string): Coding {
  return coding(`${TERMINOLOGY}/${system}`, code, display);
}
