/** Searching jobs for a caller: within what it may see, page by page, by cursors that belong to their search. */
import { createHash } from "node:crypto";
import type { Principal } from "../core/access/principal.ts";
import { maySee } from "../core/access/principal.ts";
import { canonicalJson } from "../core/summary/canonical.ts";
import type { Cursors } from "../core/cursor/cursor.ts";
import type { Job, JobFilters, JobSort } from "../jobs/jobs.ts";
import type { PollingDeps } from "./deps.ts";

export interface JobPageRequest {
  readonly limit: number;
  /** The usual one when absent. */
  readonly sort?: JobSort;
  /** As a page before gave it. */
  readonly cursor?: string | undefined;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  /** Cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** The filters with a session's own patient in them; undefined where it asks for another's, of which it finds nothing. */
function withinSession({ session }: Principal, filters: JobFilters): JobFilters | undefined {
  if (session === undefined) return filters;
  const { patient, encounter } = session;
  if ((filters.patient ?? patient) !== patient) return undefined;
  if (encounter !== undefined && (filters.encounter ?? encounter) !== encounter) return undefined;
  return { ...filters, patient, ...(encounter === undefined ? {} : { encounter }) };
}

/** One page, newest change first. Throws 400 for a cursor of another search. */
export async function findJobs(
  { jobs }: Pick<PollingDeps, "jobs">,
  cursors: Cursors,
  principal: Principal,
  asked: JobFilters,
  page: JobPageRequest,
): Promise<JobPage> {
  const filters = withinSession(principal, asked);
  if (filters === undefined) return { jobs: [], next: null };
  const { sort, limit } = page;
  // A cursor belongs to its search: turned on other filters, or in another order, it would skip rows without a word.
  const scope = createHash("sha256").update(canonicalJson({ filters, sort })).digest("base64url");
  const context = { kind: "jobs", tenant: principal.tenant, scope } as const;
  const cursor = page.cursor === undefined ? {} : { cursor: cursors.open(context, page.cursor, "cursor") };
  const found = await jobs.search(principal.tenant, {
    ...filters,
    ...(sort === undefined ? {} : { sort }),
    limit,
    ...cursor,
  });
  return {
    jobs: found.items.filter((job) => maySee(principal, job)),
    next: found.next === null ? null : cursors.seal(context, found.next),
  };
}

/** How many `findJobs` finds on all its pages. */
export async function countFound(
  { jobs }: Pick<PollingDeps, "jobs">,
  principal: Principal,
  asked: JobFilters,
): Promise<number> {
  // A ticket opens one job, which no filter names.
  const opened = principal.session?.job;
  const filters = withinSession(principal, opened === undefined ? asked : { ...asked, id: opened });
  return filters === undefined ? 0 : jobs.count(principal.tenant, filters);
}
