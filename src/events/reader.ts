/** A reader of the whole log: follows the global order across tenants, one cursor, one process at a time. */
import type { EventType } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";
import { runSystem } from "../db/system.ts";
import { nextEvents } from "./store.ts";

/** Where an event lies and of what kind it is; `EventLog.readOne` reads the rest inside its tenant. */
export interface SequencedEvent {
  readonly position: number;
  readonly tenant: string;
  readonly job: string;
  readonly sequence: number;
  readonly type: EventType;
}

/** What a reader takes: its next events, and whether they were given positions along with it. */
export interface Taken {
  readonly events: readonly SequencedEvent[];
  readonly numbered: boolean;
}

/**
 * Takes the next events of a named reader. Must run in a transaction (tenant null): the reader's lock is kept until its end, and
 * its cursor has moved, so that the effect and the cursor go together and a second process finds the reader taken.
 *
 * @param numberMost gives positions itself where at most so many events wait for one; other readers see them after the commit
 * @returns `undefined` where somebody else reads
 */
export async function takeNext(tx: Executor, reader: string, most: number, numberMost = 0): Promise<Taken | undefined> {
  const rows = await runSystem(tx, nextEvents, reader, most, numberMost);
  const [first] = rows;
  if (first === undefined) return undefined;
  const events = rows
    .filter((event) => event.pos !== null)
    .map((event) => ({
      position: Number(event.pos),
      tenant: event.tenant,
      job: event.job,
      sequence: event.seq,
      type: event.type as EventType,
    }));
  return { events, numbered: first.numbered };
}

/** Where a reader stands: what lies behind that has had its effect. */
export async function readerPosition(executor: Executor, reader: string): Promise<number> {
  const { rows } = await executor.query("select position from handover.reader_cursor where reader = $1", [reader]);
  const [row] = rows as { position: string }[];
  return Number(row?.position ?? 0);
}
