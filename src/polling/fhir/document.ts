/** DocumentReference and Bundle of a job's newest summary, for EHRs that cannot be written to. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { documentReferenceOf } from "../../core/notification/focus-resource.ts";
import { sourceLabels } from "../../core/document/security-label.ts";
import { meetsAll } from "../../core/smart/search-conditions.ts";
import { codeOf, valuesOf } from "../../http/fhir/search-request.ts";
import type { findJob } from "../job-access.ts";
import { findSummary } from "../job-access.ts";
import type { FhirJobDeps } from "./fhir-routes.ts";
import type { JobResource } from "./job-resources.ts";
import { conditionsOf, everyResource, sharedParameters } from "./read-search.ts";

/** Told apart on the resource itself: a job has a document only once it is completed, so few are looked at in vain. */
const byToken = [
  { name: "category", type: "token" },
  { name: "status", type: "token" },
  { name: "type", type: "token" },
] as const;

export const documentReference: JobResource = {
  type: "DocumentReference",
  action: "job.read",
  // What US Core asks for: all documents here are clinical notes, and of their tenant's one type.
  searchParam: [...sharedParameters, { name: "date", type: "date" }, ...byToken],
  dates: ["date"],
  async render(job, context, { jobs }) {
    const summary = job.summary === undefined ? undefined : await jobs.summary(job.tenant, job.id);
    return documentReferenceOf(job, context, summary === undefined ? [] : sourceLabels({ summary }));
  },
  narrowed: (query, shared, { documentType }) => {
    const types = valuesOf(query, "type");
    // Nothing of another type is ever found, and nothing need be looked at.
    if (types?.every((type) => codeOf(type) !== documentType.code) === true) return undefined;
    const conditions = conditionsOf(
      query,
      byToken.map(({ name }) => name),
    );
    const keep = (resource: FhirResource): boolean => meetsAll(resource, conditions);
    return { ...shared, filters: { ...shared.filters, status: "completed" }, keep };
  },
};

/** The document of a job: its newest version as a Bundle of type document, under the job's id. */
export async function documentBundleOf(
  deps: Pick<FhirJobDeps, "jobs" | "render">,
  job: Awaited<ReturnType<typeof findJob>>,
): Promise<Bundle> {
  const summary = await findSummary(deps.jobs, job);
  const rendered = await deps.render(job.tenant, summary, "application/fhir+json");
  const bundle = JSON.parse(String(rendered)) as Bundle;
  const meta = { versionId: `${summary.version}.${summary.revision}`, lastUpdated: job.updatedAt };
  return { ...bundle, id: job.id, meta: { ...bundle.meta, ...meta } };
}

/** The documents themselves, under the ids of their jobs. */
export const documentBundle: JobResource = {
  type: "Bundle",
  action: "summary.read",
  searchReads: true,
  // Each is made when it is asked for.
  mostOnAPage: 10,
  searchParam: [...everyResource, { name: "type", type: "token" }],
  render: async (job, context, deps) =>
    documentReferenceOf(job, context) === undefined ? undefined : documentBundleOf(deps, job),
  narrowed: (query, shared) => {
    const types = valuesOf(query, "type");
    if (types?.every((type) => codeOf(type) !== "document") === true) return undefined;
    return { ...shared, filters: { ...shared.filters, status: "completed" } };
  },
};
