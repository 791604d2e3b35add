/** The search parameters that Task, DocumentReference and Bundle share, as filters of jobs. */
import type { FhirResource } from "fhir/r4.js";
import type { Condition } from "../../core/smart/search-conditions.ts";
import type { SearchParameter } from "../../http/fhir/fhir-route.ts";
import { datesOf } from "../../http/fhir/search-dates.ts";
import { checkKnown, countOf, referenceOf, valueOf } from "../../http/fhir/search-request.ts";
import type { JobFilters, JobPageRequest } from "../find-jobs.ts";

export const everyResource = [
  { name: "_id", type: "token" },
  { name: "_lastUpdated", type: "date" },
] as const satisfies readonly SearchParameter[];

export const sharedParameters = [
  ...everyResource,
  { name: "encounter", type: "reference" },
  { name: "patient", type: "reference" },
] as const satisfies readonly SearchParameter[];

export interface JobQuery {
  readonly filters: JobFilters;
  readonly page: JobPageRequest;
  /** A search by id reads that one job. */
  readonly id?: string;
  /** What filters of jobs cannot tell: a page may then be shorter than it was asked to be. */
  readonly keep?: (resource: FhirResource) => boolean;
}

export interface JobQueryContext {
  readonly ehrBase: string;
  readonly prefer: string | undefined;
  /** Other names of the time of the last change, which our resources carry there. */
  readonly dates?: readonly string[];
}

/** The parameters of these names as conditions that a resource must meet. */
export function conditionsOf(query: URLSearchParams, names: readonly string[]): readonly Condition[] {
  return names.flatMap((name) => query.getAll(name).map((value): Condition => [name, value]));
}

/** Throws 400 for a value that is none, and for an unknown parameter where the client asked for strictness. */
export function readJobQuery(
  query: URLSearchParams,
  offered: readonly SearchParameter[],
  { ehrBase, prefer, dates = [] }: JobQueryContext,
): JobQuery {
  checkKnown(query, new Set(offered.map(({ name }) => name)), prefer);
  const [id, patient, encounter] = [valueOf(query, "_id"), valueOf(query, "patient"), valueOf(query, "encounter")];
  const periods = ["_lastUpdated", ...dates].map((name) => datesOf(query, name));
  const from = periods
    .flatMap((one) => one.from ?? [])
    .toSorted()
    .at(-1);
  const before = periods.flatMap((one) => one.before ?? []).toSorted()[0];
  const cursor = query.get("_cursor") ?? undefined;
  return {
    filters: {
      ...(patient === undefined ? {} : { patient: referenceOf("patient", patient, "Patient", ehrBase) }),
      ...(encounter === undefined ? {} : { encounter: referenceOf("encounter", encounter, "Encounter", ehrBase) }),
      ...(from === undefined ? {} : { updatedSince: from }),
      ...(before === undefined ? {} : { updatedBefore: before }),
    },
    page: { limit: countOf(query), cursor },
    ...(id === undefined ? {} : { id }),
  };
}
