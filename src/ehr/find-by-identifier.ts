/** A record number (MRN, visit number) becomes a reference. The number travels in a POST body, never in a URL. */
import type { FhirGateway } from "./fhir-gateway.ts";

/** @returns `Patient/123`; undefined where none, or more than one, carries the identifier */
export async function findByIdentifier(
  gateway: FhirGateway,
  type: "Patient" | "Encounter",
  identifier: { readonly system: string; readonly value: string },
): Promise<string | undefined> {
  const found = await gateway.searchByPost(type, {
    identifier: `${identifier.system}|${identifier.value}`,
    _count: "2",
  });
  const [first, second] = found.filter((resource) => resource.resourceType === type);
  return first?.id === undefined || second !== undefined ? undefined : `${type}/${first.id}`;
}
