/** DocumentReference and Bundle of a job's newest summary, for EHRs that cannot be written to. */
import type { DocumentReference } from "fhir/r4.js";
import { clinicalNote } from "../../core/document/document-reference.ts";
import type { ServedDocument } from "../../core/document/served-document.ts";
import type { FocusContext } from "../../core/notification/focus-resource.ts";
import { documentTypeSystem } from "../../core/notification/focus-resource.ts";
import { meetsAll } from "../../core/smart/search-conditions.ts";
import type { DocStatus } from "../../core/summary/status.ts";
import { codeOf, valuesOf } from "../../http/fhir/search-request.ts";
import type { Job, JobFilters } from "../../jobs/jobs.ts";
import type { PollingDeps } from "../deps.ts";
import type { JobResource } from "./job-resources.ts";
import { conditionsOf, everyResource, sharedParameters } from "./read-search.ts";

/** The document of a job; undefined while there is none, and for a discarded draft. */
export async function servedOf(
  { jobs, served }: Pick<PollingDeps, "jobs" | "served">,
  job: Job,
): Promise<ServedDocument | undefined> {
  const summary = job.summary === undefined ? undefined : await jobs.summary(job.tenant, job.id);
  return summary === undefined ? undefined : served(job, summary);
}

/** DocumentReference.status by that of the document; a discarded draft is never seen. */
const referenceStatus: Readonly<Record<Exclude<DocStatus, "discarded">, DocumentReference["status"]>> = {
  preliminary: "current",
  final: "current",
  amended: "current",
  "entered-in-error": "entered-in-error",
};
const seen = Object.keys(referenceStatus) as readonly (keyof typeof referenceStatus)[];

const byToken = [
  { name: "category", type: "token" },
  { name: "status", type: "token" },
  { name: "type", type: "token" },
] as const;

/** Of the token parameters, which documents can meet them: type and category are the same for all of a tenant's. */
function wantedOf(query: URLSearchParams, { documentType }: FocusContext): readonly DocStatus[] {
  const conditions = conditionsOf(
    query,
    byToken.map(({ name }) => name),
  );
  const type = { coding: [{ system: documentTypeSystem, code: documentType.code }] };
  const alike = { resourceType: "DocumentReference", type, category: [clinicalNote] };
  return seen.filter((word) => meetsAll({ ...alike, status: referenceStatus[word] }, conditions));
}

/** Undefined where no status is left: then nothing need be looked at. */
function withDocument(filters: JobFilters, docStatuses: readonly DocStatus[]): JobFilters | undefined {
  return docStatuses.length === 0 ? undefined : { ...filters, docStatuses };
}

/** Most on a page: each document is made when it is asked for, from patient and stay as the EHR shows them. */
const MOST_DOCUMENTS = 10;

export const documentReference: JobResource = {
  type: "DocumentReference",
  action: "job.read",
  mostOnAPage: MOST_DOCUMENTS,
  // What US Core asks for: all documents here are clinical notes, and of their tenant's one type.
  searchParam: [...sharedParameters, { name: "date", type: "date" }, ...byToken],
  moments: { _lastUpdated: "updated", date: "document" },
  render: async (job, deps) => (await servedOf(deps, job))?.reference,
  narrowed: (query, filters, context) => withDocument(filters, wantedOf(query, context)),
};

/** The documents themselves, under the ids of their jobs. */
export const documentBundle: JobResource = {
  type: "Bundle",
  action: "summary.read",
  searchReads: true,
  mostOnAPage: MOST_DOCUMENTS,
  searchParam: [...everyResource, { name: "timestamp", type: "date" }, { name: "type", type: "token" }],
  moments: { _lastUpdated: "updated", timestamp: "document" },
  render: async (job, deps) => (await servedOf(deps, job))?.bundle,
  narrowed: (query, filters) => {
    const types = valuesOf(query, "type");
    return types?.every((type) => codeOf(type) !== "document") === true ? undefined : withDocument(filters, seen);
  },
};
