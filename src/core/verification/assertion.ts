/** Whether a resource says that something is not so. */
import type { CodeableConcept, FhirResource } from "fhir/r4.js";

const negativeCodes = new Set([
  "NEG",
  "ND",
  "NR",
  "refuted",
  "not-done",
  "260415000",
  "260385009",
  "2667000",
  "LA6577-6",
  "LA11883-8",
  "LA32-8",
]);
const negativeText = /^\s*(?:no(?:ne)?\b|not\s+detected|negative|absent|non-?reactive|undetected)/iu;

function isNegativeConcept(concept: CodeableConcept | undefined): boolean {
  if (concept === undefined) return false;
  if (concept.coding?.some(({ code }) => code !== undefined && negativeCodes.has(code)) === true) return true;
  return negativeText.test(concept.text ?? concept.coding?.[0]?.display ?? "");
}

/** SNOMED CT: no known (drug, food, environmental, latex) allergy. The code denies, with or without words. */
const noneKnownCodes = new Set(["716186003", "160244002", "409137002", "429625007", "428607008", "1003774007"]);

function codedNoneKnown(concept: CodeableConcept | undefined): boolean {
  return concept?.coding?.some(({ code }) => code !== undefined && noneKnownCodes.has(code)) === true;
}

/**
 * True where the resource's own elements deny: a refuted condition or allergy, an act not done, a result not detected, an
 * order not to perform. Denials inside texts are read as values of their own (cues.ts).
 */
export function isNegativeResource(resource: FhirResource): boolean {
  switch (resource.resourceType) {
    case "Condition":
      return isNegativeConcept(resource.verificationStatus);
    case "AllergyIntolerance":
      return isNegativeConcept(resource.verificationStatus) || codedNoneKnown(resource.code);
    case "List":
      return resource.emptyReason?.coding?.some(({ code }) => code === "nilknown" || code === "notasked") === true;
    case "Procedure":
    case "Immunization":
    case "MedicationAdministration":
      return resource.status === "not-done";
    case "MedicationStatement":
      return resource.status === "not-taken";
    case "Observation":
      return (
        resource.dataAbsentReason !== undefined ||
        isNegativeConcept(resource.valueCodeableConcept) ||
        (resource.interpretation?.some(isNegativeConcept) ?? false)
      );
    case "MedicationRequest":
    case "ServiceRequest":
      return resource.doNotPerform === true;
    default:
      return false;
  }
}
