/** Named consumers of a tenant's feed keep their place here. */
import type { Executor } from "../db/query.ts";
import { GATE, run, tenantQuery } from "../db/query.ts";

const selectPosition = tenantQuery<{ position: string }, readonly [name: string]>(
  "feed-consumer-read",
  `select position from handover.feed_consumer where tenant = $1 and name = $2 and ${GATE}`,
);

/** Never moves back: a slow acknowledgement must not undo a later one. A replay names its own `after` instead. */
const savePosition = tenantQuery<unknown, readonly [name: string, position: number]>(
  "feed-consumer-save",
  `insert into handover.feed_consumer as consumer (tenant, name, position)
   select $1, $2, $3::bigint where ${GATE}
   on conflict (tenant, name) do update
   set position = greatest(consumer.position, excluded.position), updated_at = now()`,
);

/** The position acknowledged last; 0 for a consumer that has acknowledged nothing. */
export async function readConsumer(db: Executor, tenant: string, name: string): Promise<number> {
  const rows = await run(db, selectPosition, tenant, name);
  return Number(rows[0]?.position ?? 0);
}

export async function saveConsumer(db: Executor, tenant: string, name: string, position: number): Promise<void> {
  await run(db, savePosition, tenant, name, position);
}

/** Events behind which a consumer is, as far as they are counted; the rest is "at least". */
const COUNTED = 10_000;

const selectStanding = tenantQuery<
  { readonly position: string; readonly updated_at: Date; readonly behind: number },
  readonly [name: string, most: number]
>(
  "feed-consumer-standing",
  `select c.position, c.updated_at, (
     select count(*)::int from (
       select 1 from handover.event e where ${GATE} and e.tenant = $1 and e.pos > c.position limit $3::int) later) as behind
   from handover.feed_consumer c where c.tenant = $1 and c.name = $2 and ${GATE}`,
);

export interface ConsumerStanding {
  readonly position: number;
  /** RFC 3339: when it acknowledged last. */
  readonly updatedAt: string;
  /** Events that it has not acknowledged; 10,000 means that many or more. */
  readonly behind: number;
}

/** Undefined for a consumer that has acknowledged nothing yet. */
export async function consumerStanding(
  db: Executor,
  tenant: string,
  name: string,
): Promise<ConsumerStanding | undefined> {
  const [row] = await run(db, selectStanding, tenant, name, COUNTED);
  if (row === undefined) return undefined;
  return { position: Number(row.position), updatedAt: row.updated_at.toISOString(), behind: row.behind };
}
