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
