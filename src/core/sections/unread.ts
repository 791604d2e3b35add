/** What a section rests on and could not be read: "not documented" must not stand for "not looked at". */
import type { ChartType } from "../chart/type-words.ts";
import { sectionIds } from "../summary/sections.ts";
import type { SectionId } from "../summary/summary.ts";
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";

/** Documents are of no use without their texts: in files that were not read, or in a form that is none. */
const documents = ["DocumentReference", "Binary", "PDF"] as const satisfies readonly ChartType[];

/** The types whose absence can leave a section empty. */
const restsOn: Readonly<Record<SectionId, readonly ChartType[]>> = {
  reason: ["Condition", ...documents],
  course: ["Condition", ...documents, "Procedure", "DiagnosticReport", "Observation", "MedicationAdministration"],
  diagnoses: ["Condition"],
  procedures: ["Procedure", "Device", "DeviceUseStatement", "Immunization", ...documents],
  results: ["Observation", "DiagnosticReport"],
  allergies: ["AllergyIntolerance", "List"],
  medications: ["MedicationRequest", "MedicationStatement", "MedicationAdministration"],
  condition: ["Observation", "ClinicalImpression"],
  instructions: ["CarePlan", ...documents, "ServiceRequest", "NutritionOrder", "Communication"],
  "follow-up": ["Appointment", "ServiceRequest", "CarePlan", ...documents],
  pending: ["DiagnosticReport", "ServiceRequest", "Observation", "Specimen", "ImagingStudy"],
  "patient-information": ["MedicationRequest", "Appointment"],
  death: ["Patient", "Condition", "Observation", ...documents],
  "against-advice": [...documents],
  handover: ["MedicationRequest", "Device", "DeviceUseStatement", "Observation", ...documents],
  observation: ["Condition", ...documents],
  newborn: ["Patient", "Observation", "Procedure", ...documents],
  delivery: ["Procedure", "Observation", ...documents],
};

/** Say why there is nothing: where there is something, nobody misses them. */
const ofEmptySections: ReadonlySet<ChartType> = new Set(["List"]);

/** Told of by the documents that have them (chart/attached-text.ts): nobody asks an EHR for all of them. */
const withDocuments: ReadonlySet<ChartType> = new Set(["Binary", "PDF"]);

/** All FHIR types that the summary of an ordinary stay rests on. */
export const summaryTypes: ReadonlySet<ChartType> = new Set(
  sectionIds.flatMap((id) => restsOn[id]).filter((type) => !withDocuments.has(type)),
);

/** A gap as the chart's reader words it: `Type: why`, or `All: why`. */
const gapForm = /^(?<type>[A-Za-z]+): (?<why>.+)$/u;

/**
 * A sentence for a section of which something that it rests on could not be read, or only in part. Undefined where everything
 * was looked at.
 */
export function unreadSentence(
  id: SectionId,
  gaps: readonly string[],
  words: Wording = english,
  found: "something" | "nothing" = "nothing",
): string | undefined {
  const named = new Set(gaps.map((gap) => gapForm.exec(gap)?.groups?.["type"]));
  if (named.has("All")) return words.text("unread.all");
  const needed = restsOn[id].filter((type) => found === "nothing" || !ofEmptySections.has(type));
  const missing = needed.filter((type) => named.has(type));
  if (missing.length === 0) return undefined;
  return words.text("unread.types", { types: missing.map((type) => words.text(`type.${type}`)).join(", ") });
}
