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
  procedures: ["Procedure", "Device", "Immunization", ...documents],
  results: ["Observation", "DiagnosticReport"],
  allergies: ["AllergyIntolerance"],
  medications: ["MedicationRequest", "MedicationStatement", "MedicationAdministration"],
  condition: ["Observation", "ClinicalImpression"],
  instructions: ["CarePlan", ...documents, "ServiceRequest"],
  "follow-up": ["Appointment", "ServiceRequest", "CarePlan", ...documents],
  pending: ["DiagnosticReport", "ServiceRequest", "Observation"],
  "patient-information": ["MedicationRequest", "Appointment"],
  death: ["Patient", "Condition", "Observation", ...documents],
  "against-advice": [...documents],
  handover: ["MedicationRequest", "Device", "Observation", ...documents],
  observation: ["Condition", ...documents],
  newborn: ["Patient", "Observation", "Procedure", ...documents],
  delivery: ["Procedure", "Observation", ...documents],
};

/** All that the summary of an ordinary stay rests on. */
export const summaryTypes: ReadonlySet<ChartType> = new Set(sectionIds.flatMap((id) => restsOn[id]));

/** A gap as the chart's reader words it: `Type: why`, or `All: why`. */
const gapForm = /^(?<type>[A-Za-z]+): (?<why>.+)$/u;

/**
 * A sentence for a section that found nothing, where something it rests on could not be read, or only in part. Undefined
 * where everything was looked at.
 */
export function unreadSentence(id: SectionId, gaps: readonly string[], words: Wording = english): string | undefined {
  const named = new Set(gaps.map((gap) => gapForm.exec(gap)?.groups?.["type"]));
  if (named.has("All")) return words.text("unread.all");
  const missing = restsOn[id].filter((type) => named.has(type));
  if (missing.length === 0) return undefined;
  return words.text("unread.types", { types: missing.map((type) => words.text(`type.${type}`)).join(", ") });
}
