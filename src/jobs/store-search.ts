/** Statements that find jobs: by ways in, each of which has an index that leads to few rows, and in the orders that callers may ask for. */
import { GATE, tenantQuery } from "../db/query.ts";
import type { JobRow } from "./store.ts";
import { columns, newestSummary } from "./store.ts";

/** For pages: the sort value of a row, in microseconds, exact. */
export interface FoundJobRow extends JobRow {
  readonly sort: string;
}

type FilterParams = readonly [
  way: string | null,
  status: string | null,
  since: string | null,
  before: string | null,
  patient: string | null,
  encounter: string | null,
  docStatuses: readonly string[] | null,
  documentSince: string | null,
  documentBefore: string | null,
];
type PageParams = readonly [...FilterParams, cursorSort: string | null, cursorId: string | null, limit: number];

const ways = {
  id: "j.id = $2",
  encounter: "j.encounter = $2",
  patient: "j.patient = $2",
  all: "$2::text is null",
} as const;
export type SearchWay = keyof typeof ways;
export const searchWays = Object.keys(ways) as readonly SearchWay[];

/** When the document came to stand as it does. */
const documentTime = "coalesce(s.signed_at, s.created_at)";

const columnsOf = { created: "j.created_at", updated: "j.updated_at", document: documentTime } as const;
export type SearchColumn = keyof typeof columnsOf;

const within = `($3::text is null or j.status = $3)
     and ($4::timestamptz is null or j.updated_at >= $4) and ($5::timestamptz is null or j.updated_at < $5)
     and ($6::text is null or j.patient = $6) and ($7::text is null or j.encounter = $7)
     and ($8::text[] is null or s.doc_status = any($8))
     and ($9::timestamptz is null or (${documentTime} >= $9 and j.updated_at >= $9))
     and ($10::timestamptz is null or ${documentTime} < $10)`;

const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint`;

function search(way: SearchWay, column: SearchColumn, direction: "asc" | "desc") {
  const [sorted, than] = [columnsOf[column], direction === "asc" ? ">" : "<"];
  return tenantQuery<FoundJobRow, PageParams>(
    `jobs.search-${way}-${column}-${direction}`,
    `select ${columns}, ${micros(sorted)}::text as sort from handover.job j ${newestSummary}
     where ${GATE} and j.tenant = $1 and ${ways[way]} and ${within}
       and ($11::bigint is null or (${micros(sorted)}, j.id) ${than} ($11::bigint, $12::text))
     order by ${sorted} ${direction}, j.id ${direction} limit $13::int`,
  );
}

type Search = ReturnType<typeof search>;

const inBothOrders = (way: SearchWay, column: SearchColumn): Readonly<Record<"asc" | "desc", Search>> => ({
  asc: search(way, column, "asc"),
  desc: search(way, column, "desc"),
});

const byColumn = (way: SearchWay): Readonly<Record<SearchColumn, Readonly<Record<"asc" | "desc", Search>>>> => ({
  created: inBothOrders(way, "created"),
  updated: inBothOrders(way, "updated"),
  document: inBothOrders(way, "document"),
});

export const searches = {
  id: byColumn("id"),
  encounter: byColumn("encounter"),
  patient: byColumn("patient"),
  all: byColumn("all"),
} as const;

const count = (way: SearchWay) =>
  tenantQuery<{ readonly count: number }, FilterParams>(
    `jobs.count-${way}`,
    `select count(*)::int as count from handover.job j ${newestSummary}
     where ${GATE} and j.tenant = $1 and ${ways[way]} and ${within}`,
  );

export const counts = {
  id: count("id"),
  encounter: count("encounter"),
  patient: count("patient"),
  all: count("all"),
} as const;
