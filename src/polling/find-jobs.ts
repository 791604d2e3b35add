/** Searching jobs for a caller: within what it may see, page by page, by cursors that belong to their search. */
import { createHash } from "node:crypto";
import type { Principal } from "../core/access/principal.ts";
import { maySee } from "../core/access/principal.ts";
import type { Cursors } from "../core/cursor/cursor.ts";
import type { Job, JobSearch } from "../jobs/jobs.ts";
import type { PollingDeps } from "./deps.ts";

export type JobFilters = Omit<JobSearch, "limit" | "cursor">;

export interface JobPageRequest {
  readonly limit: number;
  /** As a page before gave it. */
  readonly cursor?: string | undefined;
}

export interface JobPage {
  readonly jobs: readonly Job[];
  /** Cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** The filters with a session's own patient in them: a session searches nothing else. */
function withinSession({ session }: Principal, filters: JobFilters): JobFilters {
  if (session === undefined) return filters;
  return {
    ...filters,
    patient: session.patient,
    ...(session.encounter === undefined ? {} : { encounter: session.encounter }),
  };
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
  // A cursor belongs to its search: turned on other filters it would skip rows without a word.
  const scope = createHash("sha256")
    .update(
      JSON.stringify([filters.patient, filters.encounter, filters.status, filters.updatedSince, filters.updatedBefore]),
    )
    .digest("base64url");
  const context = { kind: "jobs", tenant: principal.tenant, scope } as const;
  const cursor = page.cursor === undefined ? {} : { cursor: cursors.open(context, page.cursor, "cursor") };
  const found = await jobs.search(principal.tenant, { ...filters, limit: page.limit, ...cursor });
  return {
    jobs: found.items.filter((job) => maySee(principal, job)),
    next: found.next === null ? null : cursors.seal(context, found.next),
  };
}
