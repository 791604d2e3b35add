/** What a FHIR reference asks of the EHR that holds it: an address below its base, or a search (R4, references, 2.3.0.1). */
import type { SearchParams } from "./fhir-gateway.ts";

export type ReferenceTarget =
  | { readonly kind: "read"; readonly type: string; readonly id: string }
  /** Conditional: whatever one resource matches now. */
  | { readonly kind: "search"; readonly type: string; readonly params: SearchParams };

const typeAndId = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/u;

/**
 * @param baseUrl of the EHR, without trailing slash
 * @returns undefined for what this EHR cannot answer: contained resources, `urn:`, and every other server's. `Medication/1`
 *   over there is another medicine than `Medication/1` here.
 */
export function targetOf(reference: string, baseUrl: string): ReferenceTarget | undefined {
  const local = reference.startsWith(`${baseUrl}/`) ? reference.slice(baseUrl.length + 1) : reference;
  const [, type, id] = typeAndId.exec(local) ?? [];
  if (type !== undefined && id !== undefined) return { kind: "read", type, id };
  const [, searched, query] = /^([A-Z][A-Za-z]+)\?(.+)$/u.exec(local) ?? [];
  if (searched === undefined || query === undefined) return undefined;
  const names = [...new URLSearchParams(query).keys()];
  const params = Object.fromEntries(names.map((name) => [name, new URLSearchParams(query).getAll(name)]));
  return { kind: "search", type: searched, params };
}
