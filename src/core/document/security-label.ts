/** HL7 security labels that say what an artificial intelligence and what a clinician vouch for (v3-ObservationValue). */
import type { Coding } from "fhir/r4.js";
import { codingsOf } from "../sensitivity/labels.ts";
import type { DocumentInput, DocumentSummary } from "./document-input.ts";
import { securityOf, standingOf } from "./document-input.ts";

const system = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

/** "Asserted by AI": the draft's label, and the reason of its Provenance. */
export const aiAsserted: Coding = { system, code: "AIAST", display: "Artificial Intelligence asserted" };
/** "Asserted by a clinician, reported by AI": the label once a person has signed. */
const clinicianAsserted: Coding = { system, code: "CLINAST_AIRPT" };

/** A draft is the machine's word; a signed summary is the clinician's, and still says where it came from. */
export function securityLabels(summary: Pick<DocumentSummary, "docStatus">): Coding[] {
  return [standingOf(summary) === "signed" ? clinicianAsserted : aiAsserted];
}

/** The labels of what the document rests on, as its sources carry them. */
export function sourceLabels(input: Pick<DocumentInput, "summary">): Coding[] {
  return [...codingsOf(securityOf(input))];
}
