/** A record number (MRN, visit number) becomes a reference. The gateway puts the number into a POST body, never into a URL. */
import type { FhirGateway } from "./fhir-gateway.ts";

/** @returns `Patient/123`; undefined where none, or more than one, carries the identifier */
export async function findByIdentifier(
  gateway: FhirGateway,
  type: "Patient" | "Encounter",
  identifier: { readonly system: string; readonly value: string },
): Promise<string | undefined> {
  const params = { identifier: `${identifier.system}|${identifier.value}`, _count: "2" };
  const found = await gateway.search(type, params, 1);
  const [first, second] = found.resources.filter((resource) => resource.resourceType === type);
  return first?.id === undefined || second !== undefined ? undefined : `${type}/${first.id}`;
}
