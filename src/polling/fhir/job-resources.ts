/** Reading and searching jobs as FHIR resources: what Task, DocumentReference and Bundle have in common. */
import type { FhirResource } from "fhir/r4.js";
import type { AuditAction } from "../../audit/audit.ts";
import { AdapterError } from "../../core/errors.ts";
import type { FocusContext } from "../../core/notification/focus-resource.ts";
import type { Principal } from "../../core/access/principal.ts";
import type { FhirAnswer, FhirCall, FhirRoute, SearchParameter } from "../../http/fhir/fhir-route.ts";
import type { Job, JobFilters } from "../../jobs/jobs.ts";
import { countFound, findJobs } from "../find-jobs.ts";
import { auditEntry, findJob, isJobId } from "../job-access.ts";
import type { FhirJobDeps } from "./fhir-routes.ts";
import type { JobQuery, Moment } from "./read-search.ts";
import { readJobQuery } from "./read-search.ts";
import { searchset } from "./searchset.ts";

export interface JobResource {
  readonly type: "Task" | "DocumentReference" | "Bundle";
  readonly searchParam: readonly SearchParameter[];
  /** Its date parameters, and the moment that each is about; they are what it can be sorted by, too. */
  readonly moments: Readonly<Record<string, Moment>>;
  /** Most on a page, where that is less than elsewhere. */
  readonly mostOnAPage?: number;
  /** What reading one is in the audit log. */
  readonly action: Extract<AuditAction, "job.read" | "summary.read">;
  /** Whether those found by a search are read, and audited, as much as one that is asked for. */
  readonly searchReads?: true;
  /** Undefined where a job has no such resource (yet). */
  readonly render: (job: Job, deps: FhirJobDeps) => Promise<FhirResource | undefined>;
  /** Filters of jobs beyond the shared ones; undefined where nothing can match. */
  readonly narrowed: (query: URLSearchParams, shared: JobFilters, context: FocusContext) => JobFilters | undefined;
}

interface Found {
  readonly resources: readonly FhirResource[];
  readonly total?: number;
  readonly next: string | null;
}

/** The jobs' resources that are there. */
async function rendered(
  deps: FhirJobDeps,
  { render, action, searchReads }: JobResource,
  principal: Principal,
  jobs: readonly Job[],
): Promise<readonly FhirResource[]> {
  const found = await Promise.all(jobs.map(async (job) => ({ job, resource: await render(job, deps) })));
  const there = found.flatMap(({ job, resource }) => (resource === undefined ? [] : [{ job, resource }]));
  if (searchReads === true) for (const { job } of there) await deps.audit.record(auditEntry(principal, job, action));
  return there.map(({ resource }) => resource);
}

async function found(
  deps: FhirJobDeps,
  resource: JobResource,
  principal: Principal,
  filters: JobFilters | undefined,
  { page, wish }: JobQuery,
): Promise<Found> {
  if (filters === undefined) return { resources: [], next: null, ...(wish.total ? { total: 0 } : {}) };
  const total = wish.total ? { total: await countFound(deps, principal, filters) } : {};
  if (wish.countOnly) return { resources: [], next: null, ...total };
  const limit = Math.min(page.limit, resource.mostOnAPage ?? Infinity);
  const { jobs, next } = await findJobs(deps, deps.cursors, principal, filters, { ...page, limit });
  return { resources: await rendered(deps, resource, principal, jobs), next, ...total };
}

async function search(
  deps: FhirJobDeps,
  resource: JobResource,
  { principal, query, header }: FhirCall,
): Promise<FhirAnswer> {
  const context = deps.focusContext(principal.tenant);
  const { type, searchParam: offered, moments } = resource;
  const asked = readJobQuery(query, { ehrBase: context.ehrBase, prefer: header("prefer"), offered, moments });
  const { id } = asked.filters;
  const filters = id === undefined || isJobId(id) ? resource.narrowed(query, asked.filters, context) : undefined;
  const result = await found(deps, resource, principal, filters, asked);
  const fhirBase = `${deps.publicUrl}/fhir`;
  return { status: 200, resource: searchset({ fhirBase, type, query, passed: asked.passed, ...result }) };
}

async function read(
  deps: FhirJobDeps,
  { render, action }: JobResource,
  { principal, id }: FhirCall,
): Promise<FhirAnswer> {
  const job = await findJob(deps.jobs, principal, id);
  const resource = await render(job, deps);
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
