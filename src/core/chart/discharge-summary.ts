/** Which resources are discharge summaries: a stay's own is the product, never a source (it would be copied, not written). */
import type { CodeableConcept, FhirResource } from "fhir/r4.js";
import { codingsOf, list, property, textOf } from "./readable.ts";

/**
 * LOINC document types of discharge summaries: any author, physician, nurse, the HL7 Europe Hospital Discharge Report
 * (which this adapter writes too), and the emergency department's.
 */
const dischargeSummaryTypes: ReadonlySet<string> = new Set([
  "18842-5",
  "28655-9",
  "11490-0",
  "34745-0",
  "34105-7",
  "34106-5",
  "59258-4",
]);

const documentTypes: ReadonlySet<string> = new Set([
  "Composition",
  "DocumentReference",
  "DiagnosticReport",
  "ClinicalImpression",
]);

function isConcept(value: unknown): value is CodeableConcept {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The concepts that say what kind of document this is: `type` or `code`, and `category`. */
function kindsOf(resource: FhirResource): readonly CodeableConcept[] {
  const category = property(resource, "category");
  const categories: readonly unknown[] = Array.isArray(category) ? category : [category];
  return [property(resource, "type"), property(resource, "code"), ...categories].filter(isConcept);
}

/** True for a document whose type, code or category says discharge summary, by LOINC code or by its printed name. */
export function isDischargeSummary(resource: FhirResource): boolean {
  if (!documentTypes.has(resource.resourceType)) return false;
  return kindsOf(resource).some(
    (kind) =>
      codingsOf(kind).some(
        (coding) =>
          dischargeSummaryTypes.has(coding.code ?? "") || /discharge summary/iu.test(textOf(coding.display) ?? ""),
      ) || /discharge summary/iu.test(textOf(kind.text) ?? ""),
  );
}

/** `Binary/x` references that carry a document's text; they go where the document goes. */
export function binariesOf(resource: FhirResource): readonly string[] {
  if (resource.resourceType === "DocumentReference") {
    return list(resource.content).flatMap((content) => binaryUrl(content.attachment?.url));
  }
  if (resource.resourceType === "DiagnosticReport") {
    return list(resource.presentedForm).flatMap((form) => binaryUrl(form.url));
  }
  return [];
}

function binaryUrl(url: unknown): readonly string[] {
  const match = typeof url === "string" ? /(?:^|\/)(Binary\/[A-Za-z0-9\-.]+)/u.exec(url) : null;
  return match?.[1] === undefined ? [] : [match[1]];
}
