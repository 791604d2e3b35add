/** Finding jobs one did not start. */
import { AdapterError } from "../core/errors.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Job, JobFilters, JobSearch, JobSort } from "./jobs.ts";
import type { FoundJobRow, SearchWay } from "./store-search.ts";
import { counts, searches } from "./store-search.ts";
import { toJob } from "./view.ts";

/** The last row of a page: its sort value in microseconds, and its id. */
interface Place {
  readonly sort: string;
  readonly id: string;
}

export function encodeCursor(place: Place): string {
  return Buffer.from(`${place.sort}:${place.id}`).toString("base64url");
}

/** Throws `parameter_invalid` for anything that was not made by `encodeCursor`. */
export function decodeCursor(cursor: string): Place {
  const match = /^(?<sort>\d{1,18}):(?<id>[0-9a-f-]{36})$/u.exec(Buffer.from(cursor, "base64url").toString("utf8"));
  const { sort, id } = match?.groups ?? {};
  if (sort === undefined || id === undefined) throw new AdapterError("parameter_invalid", { at: "cursor" });
  return { sort, id };
}

/** The way in that leads to the fewest rows. */
function wayOf({ id, encounter, patient }: JobFilters): readonly [SearchWay, string | null] {
  if (id !== undefined) return ["id", id];
  if (encounter !== undefined) return ["encounter", encounter];
  return patient === undefined ? ["all", null] : ["patient", patient];
}

/** What changed since a moment comes oldest change first: no page hides then what changed while it was read. */
function usualSort(filters: JobFilters): JobSort {
  const [way] = wayOf(filters);
  const isFeed = way === "all" && filters.updatedSince !== undefined;
  return isFeed ? { by: "updated", direction: "asc" } : { by: "created", direction: "desc" };
}

function paramsOf(filters: JobFilters) {
  const { status, updatedSince, updatedBefore, patient, encounter, docStatuses, document } = filters;
  return [
    wayOf(filters)[1],
    status ?? null,
    updatedSince ?? null,
    updatedBefore ?? null,
    patient ?? null,
    encounter ?? null,
    docStatuses ?? null,
    document?.from ?? null,
    document?.before ?? null,
  ] as const;
}

/** One page. Newest first unless another order is asked for; with `updatedSince` alone, oldest change first. */
export async function searchJobs(
  executor: Executor,
  tenant: string,
  search: JobSearch,
): Promise<{ readonly items: readonly Job[]; readonly next: string | null }> {
  const { by, direction } = search.sort ?? usualSort(search);
  const query = searches[wayOf(search)[0]][by][direction];
  const place = search.cursor === undefined ? undefined : decodeCursor(search.cursor);
  const after = [place?.sort ?? null, place?.id ?? null, search.limit + 1] as const;
  const rows: FoundJobRow[] = await run(executor, query, tenant, ...paramsOf(search), ...after);
  const page = rows.slice(0, search.limit);
  const last = page.at(-1);
  const next = rows.length > search.limit && last !== undefined ? encodeCursor({ sort: last.sort, id: last.id }) : null;
  return { items: page.map((row) => toJob(tenant, row)), next };
}

/** How many a search finds on all its pages. */
export async function countJobs(executor: Executor, tenant: string, filters: JobFilters): Promise<number> {
  const [row] = await run(executor, counts[wayOf(filters)[0]], tenant, ...paramsOf(filters));
  return row?.count ?? 0;
}
