/** One change of a job's state: the row's lock, the state machine, the row, the log, the queue; all in the caller's transaction. */
import { AdapterError } from "../core/errors.ts";
import type { JobEvent } from "../core/event/event.ts";
import type { JobStatus, JobStep, JobTransition } from "../core/job/status.ts";
import { isOpen, transitionJob } from "../core/job/status.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { EventLog, NewEvent } from "../events/event-log.ts";
import type { Boss } from "./boss.ts";
import { isJobId } from "./new-id.ts";
import type { JobRow } from "./store.ts";
import { lockJob, moveJob } from "./store.ts";

/** Locks a job's row. Throws `not_found` for an unknown job and for somebody else's alike. */
export async function lock(tx: Executor, tenant: string, id: string): Promise<JobRow> {
  const [row] = isJobId(id) ? await run(tx, lockJob, tenant, id) : [];
  if (row === undefined) throw new AdapterError("not_found", { at: "job" });
  return row;
}

export interface Move {
  readonly transition: JobTransition;
  readonly events: (status: JobStatus) => readonly NewEvent[];
  /** The error's code, when the job fails or a step of it did. */
  readonly error?: string;
  readonly failures?: number;
  /** For a job that goes back to the queue: not before this many seconds have passed. */
  readonly delaySeconds?: number;
  /** Where progress stands after the move; default: where it stood. */
  readonly at?: { readonly step: JobStep; readonly value: number };
}

export interface Moved {
  readonly status: JobStatus;
  readonly epoch: bigint;
  readonly events: readonly JobEvent[];
  /** A message was sent: the queue is to be woken after the commit. */
  readonly dispatched: boolean;
}

/**
 * Moves a locked job along one arrow of the drawing. Leaving `in-progress` raises the epoch, so that whoever held the job can
 * write nothing more; arriving at `requested` sends the job to the queue. Throws `state_conflict` where there is no arrow.
 */
export async function move(
  tx: Executor,
  deps: { readonly eventLog: EventLog; readonly boss: Boss },
  tenant: string,
  row: JobRow,
  change: Move,
): Promise<Moved> {
  const status = transitionJob(row.status, change.transition);
  if (status === undefined) throw new AdapterError("state_conflict", { at: "status" });
  const open = isOpen(status) || (status === "completed" && row.doc_status !== "discarded");
  const at = change.at ?? { step: row.step, value: row.progress };
  const [moved] = await run(
    tx,
    moveJob,
    tenant,
    row.id,
    status,
    status === "in-progress" ? 0 : 1,
    open,
    change.failures ?? 0,
    change.delaySeconds ?? 0,
    change.error ?? null,
    at.step,
    at.value,
  );
  if (moved === undefined) throw new AdapterError("not_found", { at: "job" });
  const epoch = BigInt(moved.epoch);
  const events = await deps.eventLog.append(tx, tenant, row.id, change.events(status));
  const dispatched = status === "requested";
  if (dispatched) await deps.boss.sendJob(tx, tenant, row.id, epoch, change.delaySeconds);
  return { status, epoch, events, dispatched };
}
