import type { FhirResource } from "fhir/r4.js";
import { AdapterError } from "../../core/errors.ts";
import type { PrefetchValue } from "./prefetch.ts";

/** Elements by which R4 resources of a chart name their patient. */
const patientElements = ["subject", "patient", "beneficiary", "for"] as const;

/** Whose a resource is: this patient's, another's, nobody's in particular, or not to be told. */
export type Ownership = "own" | "other" | "shared" | "unclear";

/** By the patient reference in it. `shared`: Medication, Organization and the like name no patient. */
export function ownershipOf(resource: FhirResource, patientId: string): Ownership {
  if (resource.resourceType === "Patient") return resource.id === patientId ? "own" : "other";
  for (const element of patientElements) {
    const value: unknown = Reflect.get(resource, element);
    if (value !== undefined) return referenceOwner(value, patientId);
  }
  return "shared";
}

function referenceOwner(value: unknown, patientId: string): Ownership {
  const reference: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "reference") : undefined;
  if (typeof reference !== "string") return "unclear";
  const id = /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/u.exec(reference)?.[1];
  if (id === undefined) return "unclear";
  return id === patientId ? "own" : "other";
}

/**
 * Data of another patient must never reach a summary: the whole call is refused (attack list 29). What cannot be told to
 * be this patient's is left out.
 */
export function checkPatient(
  prefetch: ReadonlyMap<string, PrefetchValue>,
  patientId: string,
): ReadonlyMap<string, PrefetchValue> {
  const checked = new Map<string, PrefetchValue>();
  for (const [key, value] of prefetch) {
    if (value.kind === "missing") {
      checked.set(key, value);
      continue;
    }
    const owners = value.resources.map((resource) => ownershipOf(resource, patientId));
    if (owners.includes("other"))
      throw new AdapterError("parameter_invalid", {
        at: `prefetch.${key}`,
        message: "It holds data of another patient than context.patientId.",
      });
    checked.set(key, { ...value, resources: value.resources.filter((_, index) => owners[index] !== "unclear") });
  }
  return checked;
}

/** The stay itself must be the one of the context: `prefetch.encounter` of another stay is refused. */
export function checkEncounter(prefetch: ReadonlyMap<string, PrefetchValue>, encounterId: string | undefined): void {
  const value = prefetch.get("encounter");
  if (encounterId === undefined || value === undefined || value.kind === "missing") return;
  const wrong = value.resources.some(
    (resource) => resource.resourceType === "Encounter" && resource.id !== encounterId,
  );
  if (wrong)
    throw new AdapterError("parameter_invalid", {
      at: "prefetch.encounter",
      message: "It is another encounter than context.encounterId.",
    });
}
