/** GET /v1/jobs/{id}, and search for those who did not start the job. */
import { z } from "zod";
import type { Cursors } from "../core/cursor/cursor.ts";
import type { Job, JobFilters } from "../jobs/jobs.ts";
import type { Principal } from "../core/access/principal.ts";
import type { ApiAnswer, ApiRoute } from "../http/api/api-route.ts";
import type { PollingDeps } from "./deps.ts";
import type { JobSearchBody } from "./schemas.ts";
import type { Waiters } from "../http/waiters.ts";
import { isOpen } from "../core/job/status.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { jobEtag, retryAfter, toJobAnswer } from "./answers.ts";
import { resolveSubject } from "./create-job.ts";
import type { JobPageRequest } from "./find-jobs.ts";
import { findJobs } from "./find-jobs.ts";
import { findJob } from "./job-access.ts";
import { json, problems } from "../http/api/responses.ts";
import { jobAnswer, jobListAnswer, jobSearchBody, jobSearchQuery, waitQuery } from "./schemas.ts";
import { createSharedRead } from "./shared-read.ts";

/** True when If-None-Match holds this tag; a weak form of it matches too (RFC 9110, 13.1.2). */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//u, "") === etag);
}

export function readJobRoute(deps: PollingDeps, waiters: Waiters): ApiRoute {
  const sharedGet = createSharedRead((key) => {
    const [tenant = "", id = ""] = key.split("/");
    return deps.jobs.get(tenant, id);
  });

  /** Waits for a version other than the one the caller has, or than the one there is when it has none. */
  async function waitForChange(
    principal: Principal,
    first: Job,
    seen: string,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<Job> {
    return waiters.poll({
      topic: "job",
      key: `${first.tenant}/${first.id}`,
      user: `${principal.tenant}/${principal.actor.id}`,
      waitMs,
      signal,
      read: async () => (await sharedGet(`${first.tenant}/${first.id}`)) ?? first,
      isNews: (job) => jobEtag(job) !== seen,
    });
  }

  return defineRoute({
    method: "get",
    path: "/v1/jobs/{id}",
    scope: "jobs:read",
    operationId: "readJob",
    summary: "Status, progress and links of a job; waits for a change with `wait`.",
    query: waitQuery,
    requestHeaders: z.object({ "If-None-Match": z.string().optional() }),
    responses: {
      "200": json("The job.", jobAnswer),
      "304": { description: "Nothing has changed since the ETag given." },
      ...problems(400, 401, 403, 404, 429, 503),
    },
    async handle({ principal, params, query, header, signal }) {
      const first = await findJob(deps.jobs, principal, params["id"]);
      const known = header("if-none-match");
      // Without a tag the caller waits for the end of the work; of a job that is over it would wait in vain.
      const unchanged = known === undefined ? isOpen(first.status) : matchesEtag(known, jobEtag(first));
      const job =
        query.wait > 0 && unchanged
          ? await waitForChange(principal, first, jobEtag(first), query.wait * 1000, signal)
          : first;
      return jobOrUnchanged(job, known, deps.publicUrl);
    },
  });
}

function jobOrUnchanged(job: Job, known: string | undefined, publicUrl: string): ApiAnswer {
  const headers = { ETag: jobEtag(job), ...retryAfter(job) };
  if (matchesEtag(known, jobEtag(job))) return { status: 304, headers };
  return { status: 200, headers, json: toJobAnswer(job, publicUrl) };
}

async function searchAnswer(
  deps: PollingDeps,
  cursors: Cursors,
  principal: Principal,
  filters: JobFilters,
  page: JobPageRequest,
): Promise<ApiAnswer> {
  const { jobs, next } = await findJobs(deps, cursors, principal, filters, page);
  return { status: 200, json: { items: jobs.map((job) => toJobAnswer(job, deps.publicUrl)), next } };
}

function defined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

/** The body's filters with identifiers resolved; undefined where the EHR knows no such identifier: nothing matches then. */
async function resolveFilters(deps: PollingDeps, tenant: string, body: JobSearchBody): Promise<JobFilters | undefined> {
  const { patient, encounter, status, updatedSince } = body;
  const patientFound = patient === undefined ? undefined : await resolveSubject(deps, tenant, "Patient", patient);
  const encounterFound =
    encounter === undefined ? undefined : await resolveSubject(deps, tenant, "Encounter", encounter);
  if (patient !== undefined && patientFound === undefined) return undefined;
  if (encounter !== undefined && encounterFound === undefined) return undefined;
  return defined({ patient: patientFound, encounter: encounterFound, status, updatedSince });
}

export function searchRoutes(deps: PollingDeps, cursors: Cursors): ApiRoute[] {
  const responses = {
    "200": json("One page, newest change first.", jobListAnswer),
    ...problems(400, 401, 403, 429, 503),
  };
  return [
    defineRoute({
      method: "get",
      path: "/v1/jobs",
      scope: "jobs:read",
      operationId: "searchJobs",
      summary: "Find jobs by FHIR reference, status and time of change.",
      query: jobSearchQuery,
      responses,
      handle: ({ principal, query: { limit, cursor, ...filters } }) =>
        searchAnswer(deps, cursors, principal, defined(filters) as JobFilters, { limit, cursor }),
    }),
    defineRoute({
      method: "post",
      path: "/v1/jobs/_search",
      scope: "jobs:read",
      operationId: "searchJobsByBody",
      summary: "Find jobs by identifiers of people, which never stand in a URL.",
      body: jobSearchBody,
      responses,
      async handle({ principal, body }) {
        const filters = await resolveFilters(deps, principal.tenant, body);
        if (filters === undefined) return { status: 200, json: { items: [], next: null } };
        return searchAnswer(deps, cursors, principal, filters, body);
      },
    }),
  ];
}
