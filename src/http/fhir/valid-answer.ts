/** Nothing invalid is served: a single resource that breaks a rule is an error, and in a search it is left out, which is told. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Bundle, BundleEntry, OperationOutcome, Resource } from "fhir/r4.js";
import { AdapterError } from "../../core/errors.ts";
import type { FhirAnswer } from "./fhir-route.ts";

/** Gives a resource back that may leave. @throws AdapterError `resource_invalid` */
export type RequireValid = <T extends Resource>(resource: T) => T;

const keptBack: OperationOutcome = {
  resourceType: "OperationOutcome",
  issue: [
    {
      severity: "warning",
      code: "incomplete",
      details: { text: "A record is kept back, because it breaks its profile; who runs this service was told." },
    },
  ],
};

function isValid(resource: Resource | undefined, requireValid: RequireValid): boolean {
  try {
    if (resource !== undefined) requireValid(resource);
    return true;
  } catch (error) {
    if (error instanceof AdapterError && error.code === "resource_invalid") return false;
    throw error;
  }
}

async function validSearchset(found: Bundle, requireValid: RequireValid): Promise<Bundle> {
  const all = found.entry ?? [];
  const entry: BundleEntry[] = [];
  for (const one of all) {
    if (isValid(one.resource, requireValid)) entry.push(one);
    // A long page must not hold up hooks that are answered beside it.
    await nextTurn();
  }
  return entry.length === all.length
    ? found
    : { ...found, entry: [...entry, { resource: keptBack, search: { mode: "outcome" } }] };
}

/** The answer with its resource checked. @throws AdapterError `resource_invalid` */
export async function validAnswer(answer: FhirAnswer, requireValid: RequireValid): Promise<FhirAnswer> {
  const { resource } = answer;
  if (resource === undefined) return answer;
  if (resource.resourceType !== "Bundle") return { ...answer, resource: requireValid(resource) };
  if (resource.type === "searchset") return { ...answer, resource: await validSearchset(resource, requireValid) };
  if (resource.type !== "batch-response") return { ...answer, resource: requireValid(resource) };
  // What a document's entries refer to stands in that document, and not in the Bundle around it.
  for (const { resource: within } of resource.entry ?? []) if (within !== undefined) requireValid(within);
  return answer;
}
