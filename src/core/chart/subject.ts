/** Whose data a resource is. A chart that mixes two patients is refused as a whole: nothing in it can be trusted. */
import type { FhirResource, Patient } from "fhir/r4.js";
import { firstReference, list, property } from "./readable.ts";
import { conditionalIdentifier, referencedType } from "./reference.ts";

/** Resources that describe the world around the patient and name no subject of their own. */
const subjectless: ReadonlySet<string> = new Set([
  "Organization",
  "Practitioner",
  "PractitionerRole",
  "Location",
  "Medication",
  "Substance",
  "HealthcareService",
  "Binary",
  "Provenance",
  "Endpoint",
  "Questionnaire",
  "ValueSet",
  "CodeSystem",
  "OperationOutcome",
  "Bundle",
  "Schedule",
  "Slot",
]);

export type Ownership = "patient" | "other" | "none";

const subjectProperties = ["subject", "patient", "beneficiary", "for", "securityContext"] as const;

function identifierKeys(patient: Patient): ReadonlySet<string> {
  return new Set(list(patient.identifier).map((identifier) => `${identifier.system ?? ""}|${identifier.value ?? ""}`));
}

function judge(reference: string, patient: Patient): Ownership {
  const type = referencedType(reference);
  if (type !== undefined && type !== "Patient") return "none";
  if (reference === `Patient/${patient.id}`) return "patient";
  const identifier = conditionalIdentifier(reference);
  if (identifier !== undefined) return identifierKeys(patient).has(identifier) ? "patient" : "other";
  // A contained or unresolvable urn: subject cannot be told from another patient's.
  return "other";
}

function participants(resource: FhirResource): readonly unknown[] {
  if (resource.resourceType !== "Appointment") return [];
  return list(resource.participant)
    .map((participant) => participant.actor)
    .filter((actor) => actor?.reference !== undefined && referencedType(actor.reference) === "Patient");
}

/**
 * `patient`: the resource names the chart's patient; `other`: it names another; `none`: it names nobody although its
 * type should, or its type has no subject (told apart by `needsSubject`).
 */
export function ownershipOf(resource: FhirResource, patient: Patient): Ownership {
  if (resource.resourceType === "Patient") return resource.id === patient.id ? "patient" : "other";
  const named = [...subjectProperties.map((name) => property(resource, name)), ...participants(resource)];
  const verdicts = new Set(
    named.flatMap((value) => {
      const reference = firstReference(value);
      return reference === undefined ? [] : [judge(reference, patient)];
    }),
  );
  if (verdicts.has("other")) return "other";
  return verdicts.has("patient") ? "patient" : "none";
}

/** True for types whose resources must be somebody's to be used. */
export function needsSubject(resource: FhirResource): boolean {
  return !subjectless.has(resource.resourceType);
}
