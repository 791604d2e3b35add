/** DocumentReference and Bundle of a job's newest summary, for EHRs that cannot be written to. */
import type { Bundle } from "fhir/r4.js";
import { documentReferenceOf } from "../../core/notification/focus-resource.ts";
import type { FhirCall, FhirRoute } from "../../http/fhir/fhir-route.ts";
import { codeOf, valueOf } from "../../http/fhir/search-request.ts";
import { auditEntry, findJob, findSummary } from "../job-access.ts";
import type { FhirJobDeps } from "./fhir-routes.ts";
import type { JobResource } from "./job-resources.ts";
import { sharedParameters } from "./read-search.ts";

export const documentReference: JobResource = {
  type: "DocumentReference",
  // US Core asks for type and category: all documents here are discharge summaries, and clinical notes.
  searchParam: [...sharedParameters, { name: "category", type: "token" }, { name: "type", type: "token" }],
  render: documentReferenceOf,
  narrowed: (query, shared, { documentType }) => {
    const [type, category] = [valueOf(query, "type"), valueOf(query, "category")];
    if (type !== undefined && codeOf(type) !== documentType.code) return undefined;
    if (category !== undefined && codeOf(category) !== "clinical-note") return undefined;
    // A job has a document only once it is completed.
    return { ...shared, filters: { ...shared.filters, status: "completed" } };
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

/** Reading the document itself. */
export function bundleRoute(deps: FhirJobDeps): FhirRoute {
  return {
    method: "get",
    path: "/fhir/Bundle/:id",
    capability: { type: "Bundle", interaction: "read" },
    async handle({ principal, id }: FhirCall) {
      const job = await findJob(deps.jobs, principal, id);
      const resource = await documentBundleOf(deps, job);
      await deps.audit.record(auditEntry(principal, job, "summary.read"));
      return { status: 200, resource };
    },
  };
}
