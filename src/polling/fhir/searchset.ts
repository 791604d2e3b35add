/** One page of a search as FHIR wants it (R4, 3.1.1.2): what matched, the search as it was understood, the way on. */
import type { Bundle, FhirResource } from "fhir/r4.js";

export interface Searchset {
  readonly fhirBase: string;
  readonly type: string;
  readonly query: URLSearchParams;
  readonly resources: readonly FhirResource[];
  /** Cursor of the next page; null on the last one. */
  readonly next: string | null;
}

export function searchset({ fhirBase, type, query, resources, next }: Searchset): Bundle<FhirResource> {
  const self = `${fhirBase}/${type}${query.size === 0 ? "" : `?${query.toString()}`}`;
  const further = new URLSearchParams(query);
  if (next !== null) further.set("_cursor", next);
  return {
    resourceType: "Bundle",
    type: "searchset",
    link: [
      { relation: "self", url: self },
      ...(next === null ? [] : [{ relation: "next", url: `${fhirBase}/${type}?${further.toString()}` }]),
    ],
    entry: resources.map((resource) => ({
      fullUrl: `${fhirBase}/${resource.resourceType}/${resource.id ?? ""}`,
      resource,
      search: { mode: "match" },
    })),
  };
}
