/**
 * The part of a lane's statements that claims: what is due, with its events. It only reads. One lane at a time has an endpoint, so
 * what it has in hand is known to itself alone; a mark in each row would cost a second write of every delivery.
 */
import { GATE } from "../db/query.ts";

/** An event as deliveries need it. */
export interface EventRow {
  /** Null where the event is gone (retention), or was draft text, which is never delivered. */
  readonly event_id: string | null;
  readonly job: string;
  readonly job_sequence: number;
  readonly type: string;
  readonly source: string;
  readonly at: Date;
  readonly trace_parent: string | null;
  /** The event's own data as JSON. */
  readonly data: string;
}

/** A claimed delivery with its event. */
export interface DueRow extends EventRow {
  /** Null in the one row of a statement that claimed nothing. */
  readonly sequence: number | null;
  readonly attempts: number;
  readonly schedule_from: number;
  /** The earliest delivery of the same job that this one waited for no longer. */
  readonly overtook: number | null;
  readonly body: Buffer | null;
}

/** Deliveries of endpoint `$2` that are due; the caller adds conditions, order and limit. */
export function dueRows(overtook: string): string {
  return `select d.sequence, d.job, d.job_sequence, d.attempts, d.schedule_from, d.body, ${overtook} as overtook
    from handover.delivery d
    where ${GATE} and d.tenant = $1 and d.endpoint = $2 and d.state = 'pending' and d.due_at <= now()`;
}

/** Columns of `DueRow`, from what `dueEvents` calls `c`. */
export const dueColumns = `c.sequence::float8 as sequence, c.attempts, c.schedule_from, c.overtook::float8 as overtook, c.body, c.event_id,
  c.job, c.job_sequence, c.type, c.source, c.at, c.trace_parent, c.data`;

/** Rows of the CTE `due` with their events, each found by its key: `offset 0` keeps it so. */
export const dueEvents = `(
    select d.*, ev.id as event_id, ev.type, ev.source, ev.at, ev.trace_parent, ev.data from due d
    left join lateral (
      select e.id, e.type, e.source, e.at, e.trace_parent, e.data::text as data from handover.event e
      where e.tenant = $1 and e.job = d.job and e.seq = d.job_sequence and not e.draft offset 0) ev on true) c`;
