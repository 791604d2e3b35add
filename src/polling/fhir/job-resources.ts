/** Reading and searching jobs as FHIR resources: what Task and DocumentReference have in common. */
import type { FhirResource } from "fhir/r4.js";
import { AdapterError } from "../../core/errors.ts";
import type { FocusContext } from "../../core/notification/focus-resource.ts";
import type { Principal } from "../../core/access/principal.ts";
import type { FhirCall, FhirRoute, SearchParameter } from "../../http/fhir/fhir-route.ts";
import type { Job } from "../../jobs/jobs.ts";
import type { JobPage } from "../find-jobs.ts";
import { findJobs } from "../find-jobs.ts";
import { auditEntry, findJob } from "../job-access.ts";
import type { FhirJobDeps } from "./fhir-routes.ts";
import type { JobQuery } from "./read-search.ts";
import { readJobQuery } from "./read-search.ts";
import { searchset } from "./searchset.ts";

export interface JobResource {
  readonly type: "Task" | "DocumentReference";
  readonly searchParam: readonly SearchParameter[];
  /** Undefined where a job has no such resource (yet). */
  readonly render: (job: Job, context: FocusContext) => FhirResource | undefined;
  /** Filters of jobs beyond the shared ones; undefined where nothing can match. */
  readonly narrowed: (query: URLSearchParams, shared: JobQuery, context: FocusContext) => JobQuery | undefined;
}

async function pageOf(deps: FhirJobDeps, principal: Principal, { id, filters, page }: JobQuery): Promise<JobPage> {
  if (id === undefined) return findJobs(deps, deps.cursors, principal, filters, page);
  try {
    const job = await findJob(deps.jobs, principal, id);
    const isWanted =
      (filters.patient ?? job.patient) === job.patient &&
      (filters.encounter ?? job.encounter) === job.encounter &&
      (filters.status ?? job.status) === job.status;
    return { jobs: isWanted ? [job] : [], next: null };
  } catch (error) {
    if (error instanceof AdapterError && error.code === "not_found") return { jobs: [], next: null };
    throw error;
  }
}

async function search(deps: FhirJobDeps, resource: JobResource, { principal, query, header }: FhirCall) {
  const context = deps.focusContext(principal.tenant);
  const shared = readJobQuery(query, resource.searchParam, { ehrBase: context.ehrBase, prefer: header("prefer") });
  const asked = resource.narrowed(query, shared, context);
  const { jobs, next } = asked === undefined ? { jobs: [], next: null } : await pageOf(deps, principal, asked);
  const resources = jobs.flatMap((job) => resource.render(job, context) ?? []);
  const fhirBase = `${deps.publicUrl}/fhir`;
  return { status: 200, resource: searchset({ fhirBase, type: resource.type, query, resources, next }) };
}

async function read(deps: FhirJobDeps, { render }: JobResource, { principal, id }: FhirCall) {
  const job = await findJob(deps.jobs, principal, id);
  const resource = render(job, deps.focusContext(principal.tenant));
  if (resource === undefined) throw new AdapterError("not_found");
  await deps.audit.record(auditEntry(principal, job, "job.read"));
  return { status: 200, resource };
}

/** Read and search of one type. */
export function jobResourceRoutes(deps: FhirJobDeps, resource: JobResource): readonly FhirRoute[] {
  const { type, searchParam } = resource;
  return [
    {
      method: "get",
      path: `/fhir/${type}`,
      capability: { type, interaction: "search-type", searchParam },
      handle: (call) => search(deps, resource, call),
    },
    {
      method: "get",
      path: `/fhir/${type}/:id`,
      capability: { type, interaction: "read" },
      handle: (call) => read(deps, resource, call),
    },
  ];
}
