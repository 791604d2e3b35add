/** A record number (MRN, visit number) becomes a reference. The gateway puts the number into a POST body, never into a URL. */
import type { Identifier } from "fhir/r4.js";
import type { FhirGateway } from "./fhir-gateway.ts";

/** @returns `Patient/123`; undefined where none, or more than one, carries the identifier */
export async function findByIdentifier(
  gateway: FhirGateway,
  type: "Patient" | "Encounter",
  identifier: { readonly system: string; readonly value: string },
): Promise<string | undefined> {
  const params = { identifier: `${identifier.system}|${identifier.value}`, _count: "2" };
  const found = await gateway.search(type, params, 1);
  // A server that searched by something else must not decide whose chart this is.
  const [first, second] = found.resources.filter((resource) => {
    const named = resource.resourceType === "Patient" || resource.resourceType === "Encounter";
    return named && resource.resourceType === type && carries(resource.identifier, identifier);
  });
  return first?.id === undefined || second !== undefined ? undefined : `${type}/${first.id}`;
}

/** By the number alone: some EHRs are searched by a name of their own for the system, and show its URI. */
function carries(all: readonly Identifier[] | undefined, { value }: { readonly value: string }): boolean {
  return (all ?? []).some((one) => one.value?.trim() === value.trim());
}
