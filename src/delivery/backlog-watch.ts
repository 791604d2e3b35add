/** Looks at what waits, and tells of endpoints that have fallen behind or caught up: once, whichever replica sees it. */
import { backlogNews } from "../core/delivery/backlog-news.ts";
import type { Pool } from "../db/database.ts";
import { GATE, run, tenantQuery } from "../db/query.ts";
import { runSystem, systemQuery } from "../db/system.ts";
import type { TellOfEndpoint } from "./operational.ts";
import { behind, caughtUp } from "./operational.ts";

interface BacklogRow {
  readonly tenant: string;
  readonly endpoint: string;
  readonly behind: boolean;
  readonly pending: number;
  readonly oldest_seconds: number;
}

const readBacklogs = systemQuery<BacklogRow, readonly [leastSeconds: number, most: number]>(
  "delivery.backlogs",
  "select * from handover.sys_backlogs($1, $2)",
);

/** No row: another replica has told of it. */
const setBehind = tenantQuery<{ readonly id: string }, readonly [endpoint: string, behind: boolean]>(
  "delivery.set_behind",
  `update handover.endpoint e set behind = $3 where ${GATE} and e.tenant = $1 and e.id = $2 and e.behind <> $3 returning e.id`,
);

export interface BacklogWatch {
  readonly pool: Pool;
  readonly tell: TellOfEndpoint;
  /** The age that is too old, seconds; undefined for a tenant that is not served here. */
  readonly limitSeconds: (tenant: string) => number | undefined;
}

/** The smallest limit that a tenant can set: younger backlogs need no look. */
export const LEAST_LIMIT_SECONDS = 10;
const MOST_AT_ONCE = 1_000;

async function settle({ pool, tell, limitSeconds }: BacklogWatch, row: BacklogRow): Promise<void> {
  const { tenant, endpoint, pending, oldest_seconds: oldestSeconds } = row;
  const limit = limitSeconds(tenant);
  const news = limit === undefined ? undefined : backlogNews(row.behind, oldestSeconds, limit);
  if (news === undefined) return;
  await pool.transaction(tenant, async (tx) => {
    const changed = await run(tx, setBehind, tenant, endpoint, news === "behind");
    if (changed.length === 0) return;
    const told = news === "behind" ? behind(endpoint, pending, oldestSeconds) : caughtUp(endpoint);
    await tell(tx, tenant, endpoint, [told]);
  });
}

/** One look at all endpoints. */
export async function watchBacklogs(watch: BacklogWatch): Promise<void> {
  for (const row of await runSystem(watch.pool, readBacklogs, LEAST_LIMIT_SECONDS, MOST_AT_ONCE))
    await settle(watch, row);
}
