/** The search parameters that Task, DocumentReference and Bundle share, as filters of jobs. */
import type { Condition } from "../../core/smart/search-conditions.ts";
import type { SearchParameter } from "../../http/fhir/fhir-route.ts";
import type { Period } from "../../http/fhir/search-dates.ts";
import { datesOf } from "../../http/fhir/search-dates.ts";
import type { ResultWish } from "../../http/fhir/search-request.ts";
import { passedOver, referenceOf, resultWish, sortOf, valueOf } from "../../http/fhir/search-request.ts";
import type { JobFilters, JobSort } from "../../jobs/jobs.ts";
import type { JobPageRequest } from "../find-jobs.ts";

export const everyResource = [
  { name: "_id", type: "token" },
  { name: "_lastUpdated", type: "date" },
] as const satisfies readonly SearchParameter[];

export const sharedParameters = [
  ...everyResource,
  { name: "encounter", type: "reference" },
  { name: "patient", type: "reference" },
] as const satisfies readonly SearchParameter[];

/** The moments of a job and its document that are searched and sorted by. */
export type Moment = JobSort["by"];

export interface JobQuery {
  readonly filters: JobFilters;
  readonly page: JobPageRequest;
  readonly wish: ResultWish;
  /** Parameters that had no effect. */
  readonly passed: readonly string[];
}

export interface JobQueryContext {
  readonly ehrBase: string;
  readonly prefer: string | undefined;
  readonly offered: readonly SearchParameter[];
  /** The moment that each date parameter is about. */
  readonly moments: Readonly<Record<string, Moment>>;
}

/** The parameters of these names as conditions that a resource must meet. */
export function conditionsOf(query: URLSearchParams, names: readonly string[]): readonly Condition[] {
  return names.flatMap((name) => query.getAll(name).map((value): Condition => [name, value]));
}

/** What all date parameters about one moment leave together. */
function periodOf(query: URLSearchParams, moments: JobQueryContext["moments"], moment: Moment): Period {
  const names = Object.keys(moments).filter((name) => moments[name] === moment);
  const periods = names.map((name) => datesOf(query, name));
  const from = periods.flatMap((one) => one.from ?? []).toSorted();
  const before = periods.flatMap((one) => one.before ?? []).toSorted();
  const [last, first] = [from.at(-1), before[0]];
  return { ...(last === undefined ? {} : { from: last }), ...(first === undefined ? {} : { before: first }) };
}

function filtersOf(query: URLSearchParams, { ehrBase, moments }: JobQueryContext): JobFilters {
  const [id, patient, encounter] = [valueOf(query, "_id"), valueOf(query, "patient"), valueOf(query, "encounter")];
  const { from, before } = periodOf(query, moments, "updated");
  const document = periodOf(query, moments, "document");
  return {
    ...(id === undefined ? {} : { id }),
    ...(patient === undefined ? {} : { patient: referenceOf("patient", patient, "Patient", ehrBase) }),
    ...(encounter === undefined ? {} : { encounter: referenceOf("encounter", encounter, "Encounter", ehrBase) }),
    ...(from === undefined ? {} : { updatedSince: from }),
    ...(before === undefined ? {} : { updatedBefore: before }),
    ...(document.from === undefined && document.before === undefined ? {} : { document }),
  };
}

/** Throws 400 for a value that is none, and for an unknown parameter where the client asked for strictness. */
export function readJobQuery(query: URLSearchParams, context: JobQueryContext): JobQuery {
  const { offered, moments, prefer } = context;
  const wish = resultWish(query);
  const sort = sortOf(query, new Set(Object.keys(moments)));
  const unmet = [...wish.unmet, ...(sort === "unmet" ? ["_sort"] : [])];
  const passed = passedOver(query, new Set(offered.map(({ name }) => name)), prefer, unmet);
  const by = sort === undefined || sort === "unmet" ? undefined : moments[sort.name];
  const direction = sort === undefined || sort === "unmet" ? "asc" : sort.direction;
  const cursor = query.get("_cursor") ?? undefined;
  return {
    filters: filtersOf(query, context),
    page: { limit: wish.limit, cursor, ...(by === undefined ? {} : { sort: { by, direction } }) },
    wish,
    passed,
  };
}
