/** One page of a search as FHIR wants it (R4, 3.1.1.2): what matched, the search as it was understood, the way on. */
import type { Bundle, BundleEntry, FhirResource, OperationOutcome } from "fhir/r4.js";
import { understood } from "../../http/fhir/search-request.ts";

export interface Searchset {
  readonly fhirBase: string;
  readonly type: string;
  readonly query: URLSearchParams;
  /** Parameters that had no effect. */
  readonly passed: readonly string[];
  readonly resources: readonly FhirResource[];
  /** Of all pages; absent where nobody asked. */
  readonly total?: number | undefined;
  /** Cursor of the next page; null on the last one. */
  readonly next: string | null;
}

const nameForm = /^[A-Za-z0-9_:.-]{1,64}$/u;

/** What the search did not do, told with its result: a client that reads on must not take it for narrower than it is. */
function outcomeOf(passed: readonly string[]): OperationOutcome {
  const names = passed.filter((name) => nameForm.test(name)).join(", ");
  const text = `Passed over, because not supported: ${names === "" ? "a parameter" : names}.`;
  return {
    resourceType: "OperationOutcome",
    issue: [{ severity: "warning", code: "not-supported", details: { text } }],
  };
}

export function searchset(found: Searchset): Bundle<FhirResource> {
  const { fhirBase, type, passed, resources, total, next } = found;
  const query = understood(found.query, passed);
  const self = `${fhirBase}/${type}${query.size === 0 ? "" : `?${query.toString()}`}`;
  const further = new URLSearchParams(query);
  if (next !== null) further.set("_cursor", next);
  const matches = resources.map((resource): BundleEntry<FhirResource> => ({
    fullUrl: `${fhirBase}/${resource.resourceType}/${resource.id ?? ""}`,
    resource,
    search: { mode: "match" },
  }));
  const entry = [
    ...matches,
    ...(passed.length === 0 ? [] : [{ resource: outcomeOf(passed), search: { mode: "outcome" as const } }]),
  ];
  return {
    resourceType: "Bundle",
    type: "searchset",
    ...(total === undefined ? {} : { total }),
    link: [
      { relation: "self", url: self },
      ...(next === null ? [] : [{ relation: "next", url: `${fhirBase}/${type}?${further.toString()}` }]),
    ],
    // R4 knows no empty lists.
    ...(entry.length === 0 ? {} : { entry }),
  };
}
