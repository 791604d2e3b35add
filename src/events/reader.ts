/** A reader of the whole log: follows the global order across tenants, one cursor, one process at a time. */
import type { EventType } from "../core/event/event.ts";
import { isDraftEvent } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";
import { runSystem } from "../db/system.ts";
import { eventsAfter } from "./store.ts";

/** Where an event lies and of what kind it is; `EventLog.readOne` reads the rest inside its tenant. */
export interface SequencedEvent {
  readonly position: number;
  readonly tenant: string;
  readonly job: string;
  readonly sequence: number;
  readonly type: EventType;
}

/**
 * The next events of a named reader. Must run in a transaction (tenant null): the reader's lock is kept until its end, so
 * that the effect and the cursor move together and a second process finds the reader taken. `undefined`: somebody else reads.
 */
export async function nextForReader(
  tx: Executor,
  reader: string,
  most: number,
): Promise<readonly SequencedEvent[] | undefined> {
  const lock = await tx.query("select pg_try_advisory_xact_lock(1751215717, hashtext($1)) as taken", [reader]);
  if (!(lock.rows[0] as { taken: boolean }).taken) return undefined;
  await tx.query("insert into handover.reader_cursor (reader) values ($1) on conflict do nothing", [reader]);
  const cursor = await tx.query("select position from handover.reader_cursor where reader = $1", [reader]);
  const [row] = cursor.rows as { position: string }[];
  if (row === undefined) return undefined;
  const rows = await runSystem(tx, eventsAfter, row.position, most);
  return rows
    .map((event) => ({
      position: Number(event.pos),
      tenant: event.tenant,
      job: event.job,
      sequence: event.seq,
      type: event.type as EventType,
    }))
    .filter((event) => !isDraftEvent(event.type));
}

/** Moves a reader's cursor; same transaction as `nextForReader` and the effect. */
export async function moveReader(tx: Executor, reader: string, position: number): Promise<void> {
  await tx.query(
    "update handover.reader_cursor set position = greatest(position, $2::bigint), updated_at = now() where reader = $1",
    [reader, String(position)],
  );
}

/** Where a reader stands: what lies behind that has had its effect. */
export async function readerPosition(executor: Executor, reader: string): Promise<number> {
  const { rows } = await executor.query("select position from handover.reader_cursor where reader = $1", [reader]);
  const [row] = rows as { position: string }[];
  return Number(row?.position ?? 0);
}
