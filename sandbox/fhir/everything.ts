import type { Access } from "./access.ts";
import { badRequest, refuse } from "./outcome.ts";
import { localForm, referenceTo, rewriteReferences } from "./resource.ts";
import type { StoredResource } from "./resource.ts";
import type { FhirState } from "./state.ts";

/**
 * `Patient/[id]/$everything`: the patient, the compartment, and what these refer to outside it (practitioners, medications).
 *
 * @param params `_type` (comma list) and `_since` narrow it; others are refused
 */
export function patientEverything(
  state: FhirState,
  access: Access,
  id: string,
  params: URLSearchParams,
): StoredResource[] {
  access.require("Patient", "r");
  const patient = state.store.read("Patient", id);
  if (!patient) throw refuse(404, "not-found", `Patient/${id} is not known`);
  access.requireFor(patient, "r");
  const wanted = filterOf(params);
  const found = new Map([[referenceTo(patient), patient]]);
  const add = (resource: StoredResource | undefined): void => {
    if (resource && access.allows(resource, "r")) found.set(referenceTo(resource), resource);
  };
  for (const resource of compartment(state, id)) add(resource);
  const inside = [...found.values()];
  for (const outside of inside.flatMap((resource) => referredOutside(state, resource))) add(outside);
  return [...found.values()].filter(wanted);
}

function* compartment(state: FhirState, id: string): Iterable<StoredResource> {
  for (const [type, codes] of Object.entries(state.definitions.patientCompartment)) {
    for (const code of codes) yield* state.index.referring(type, code, `Patient/${id}`);
    // `patient` is the name under which most types can be searched; the compartment's definition says `subject`.
    yield* state.index.referring(type, "patient", `Patient/${id}`);
  }
}

/** Resources of types that belong to no compartment, such as Practitioner, to which `resource` refers. */
function referredOutside(state: FhirState, resource: StoredResource): StoredResource[] {
  const found: StoredResource[] = [];
  rewriteReferences(resource, (reference) => {
    const local = localForm(reference, state.baseUrl);
    const target =
      local && !(local.type in state.definitions.patientCompartment)
        ? state.store.read(local.type, local.id)
        : undefined;
    if (target) found.push(target);
    return reference;
  });
  return found;
}

function filterOf(params: URLSearchParams): (resource: StoredResource) => boolean {
  const unknown = [...params.keys()].find((name) => !["_type", "_since", "_count", "_format"].includes(name));
  if (unknown) throw badRequest(`Unknown parameter "${unknown}" of $everything`);
  const types = params.get("_type")?.split(",");
  const since = params.get("_since");
  return ({ resourceType, meta }) =>
    (!types || types.includes(resourceType)) && (since === null || Date.parse(meta.lastUpdated) >= Date.parse(since));
}
