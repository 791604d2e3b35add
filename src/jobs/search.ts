/** Finding jobs one did not start. */
import { AdapterError } from "../core/errors.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Job, JobSearch } from "./jobs.ts";
import type { FoundJobRow } from "./store.ts";
import { searchAll, searchByEncounter, searchByPatient, searchChanged } from "./store.ts";
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

/** The statement whose index leads to the fewest rows. */
function chosen(search: JobSearch): {
  readonly query: typeof searchAll;
  readonly filter: string | null;
  readonly patient: string | undefined;
} {
  if (search.encounter !== undefined)
    return { query: searchByEncounter, filter: search.encounter, patient: search.patient };
  if (search.patient !== undefined) return { query: searchByPatient, filter: search.patient, patient: undefined };
  return { query: search.updatedSince === undefined ? searchAll : searchChanged, filter: null, patient: undefined };
}

/** One page. Newest first; with `updatedSince` alone, oldest change first. */
export async function searchJobs(
  executor: Executor,
  tenant: string,
  search: JobSearch,
): Promise<{ readonly items: readonly Job[]; readonly next: string | null }> {
  const { query, filter, patient } = chosen(search);
  const place = search.cursor === undefined ? undefined : decodeCursor(search.cursor);
  const rows: FoundJobRow[] = await run(
    executor,
    query,
    tenant,
    filter,
    search.status ?? null,
    search.updatedSince ?? null,
    place?.sort ?? null,
    place?.id ?? null,
    search.limit + 1,
    search.updatedBefore ?? null,
  );
  const page = rows.slice(0, search.limit);
  const last = page.at(-1);
  const next = rows.length > search.limit && last !== undefined ? encodeCursor({ sort: last.sort, id: last.id }) : null;
  // An encounter has one patient, so this filter empties the page or leaves it whole.
  const items = page.filter((row) => patient === undefined || row.patient === patient).map((row) => toJob(tenant, row));
  return { items, next };
}
