/** Reading and searching jobs as FHIR resources: what Task and DocumentReference have in common. */
import type { FhirResource } from "fhir/r4.js";
import type { AuditAction } from "../../audit/audit.ts";
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
  readonly type: "Task" | "DocumentReference" | "Bundle";
  readonly searchParam: readonly SearchParameter[];
  /** Search parameters for the time of the last change, besides `_lastUpdated`. */
  readonly dates?: readonly string[];
  /** Most on a page, where that is less than elsewhere. */
  readonly mostOnAPage?: number;
  /** What reading one is in the audit log. */
  readonly action: Extract<AuditAction, "job.read" | "summary.read">;
  /** Whether those found by a search are read, and audited, as much as one that is asked for. */
  readonly searchReads?: true;
  /** Undefined where a job has no such resource (yet). */
  readonly render: (
    job: Job,
    context: FocusContext,
    deps: FhirJobDeps,
  ) => FhirResource | undefined | Promise<FhirResource | undefined>;
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
      (filters.status ?? job.status) === job.status &&
      (filters.updatedSince ?? job.updatedAt) <= job.updatedAt &&
      (filters.updatedBefore === undefined || job.updatedAt < filters.updatedBefore);
    return { jobs: isWanted ? [job] : [], next: null };
  } catch (error) {
    if (error instanceof AdapterError && error.code === "not_found") return { jobs: [], next: null };
    throw error;
  }
}

/** The jobs' resources that are there and wanted. */
async function rendered(
  deps: FhirJobDeps,
  { render, action, searchReads }: JobResource,
  principal: Principal,
  jobs: readonly Job[],
  { keep = () => true }: Pick<JobQuery, "keep">,
): Promise<readonly FhirResource[]> {
  const context = deps.focusContext(principal.tenant);
  const found = await Promise.all(jobs.map(async (job) => ({ job, resource: await render(job, context, deps) })));
  const kept = found.flatMap(({ job, resource }) =>
    resource !== undefined && keep(resource) ? [{ job, resource }] : [],
  );
  if (searchReads === true) for (const { job } of kept) await deps.audit.record(auditEntry(principal, job, action));
  return kept.map(({ resource }) => resource);
}

async function search(deps: FhirJobDeps, resource: JobResource, { principal, query, header }: FhirCall) {
  const context = deps.focusContext(principal.tenant);
  const { searchParam, dates = [], mostOnAPage = Infinity } = resource;
  const shared = readJobQuery(query, searchParam, { ehrBase: context.ehrBase, prefer: header("prefer"), dates });
  const page = { ...shared.page, limit: Math.min(shared.page.limit, mostOnAPage) };
  const asked = resource.narrowed(query, { ...shared, page }, context);
  const { jobs, next } = asked === undefined ? { jobs: [], next: null } : await pageOf(deps, principal, asked);
  const resources = asked === undefined ? [] : await rendered(deps, resource, principal, jobs, asked);
  const fhirBase = `${deps.publicUrl}/fhir`;
  return { status: 200, resource: searchset({ fhirBase, type: resource.type, query, resources, next }) };
}

async function read(deps: FhirJobDeps, { render, action }: JobResource, { principal, id }: FhirCall) {
  const job = await findJob(deps.jobs, principal, id);
  const resource = await render(job, deps.focusContext(principal.tenant), deps);
  if (resource === undefined) throw new AdapterError("not_found");
  await deps.audit.record(auditEntry(principal, job, action));
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
