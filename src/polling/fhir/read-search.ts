/** The search parameters that Task and DocumentReference share, as filters of jobs. */
import type { SearchParameter } from "../../http/fhir/fhir-route.ts";
import { checkKnown, countOf, referenceOf, sinceOf, valueOf } from "../../http/fhir/search-request.ts";
import type { JobFilters, JobPageRequest } from "../find-jobs.ts";

export const sharedParameters = [
  { name: "_id", type: "token" },
  { name: "_lastUpdated", type: "date" },
  { name: "encounter", type: "reference" },
  { name: "patient", type: "reference" },
] as const satisfies readonly SearchParameter[];

export interface JobQuery {
  readonly filters: JobFilters;
  readonly page: JobPageRequest;
  /** A search by id reads that one job. */
  readonly id?: string;
}

/** Throws 400 for a value that is none, and for an unknown parameter where the client asked for strictness. */
export function readJobQuery(
  query: URLSearchParams,
  offered: readonly SearchParameter[],
  { ehrBase, prefer }: { readonly ehrBase: string; readonly prefer: string | undefined },
): JobQuery {
  checkKnown(query, new Set(offered.map(({ name }) => name)), prefer);
  const [id, patient, encounter] = [valueOf(query, "_id"), valueOf(query, "patient"), valueOf(query, "encounter")];
  const since = valueOf(query, "_lastUpdated");
  const cursor = query.get("_cursor") ?? undefined;
  return {
    filters: {
      ...(patient === undefined ? {} : { patient: referenceOf("patient", patient, "Patient", ehrBase) }),
      ...(encounter === undefined ? {} : { encounter: referenceOf("encounter", encounter, "Encounter", ehrBase) }),
      ...(since === undefined ? {} : { updatedSince: sinceOf("_lastUpdated", since) }),
    },
    page: { limit: countOf(query), cursor },
    ...(id === undefined ? {} : { id }),
  };
}
