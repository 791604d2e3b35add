/**
 * When a job's stream is over. The log itself goes on (`summary.signed`, `document.written` ...), so the end is a matter
 * of state, not of the last event: a stream ends when no further draft text can come, that is after `task.failed`,
 * `task.cancelled`, or both `task.completed` and `summary.ready`, in whichever order a batch holds them.
 *
 * A client that connects later is sent what it has not seen, later events included, and closed; with nothing left it gets
 * 204, which tells an EventSource to stop reconnecting.
 */
import type { EventType } from "../event/event.ts";
import type { JobStatus } from "../job/status.ts";

export interface StreamEnd {
  readonly completed: boolean;
  readonly ready: boolean;
  readonly stopped: boolean;
}

/** What the job says when a client connects: it may resume behind the terminal events and never see them again. */
export function streamEndOf(job: { readonly status: JobStatus; readonly summary?: unknown }): StreamEnd {
  return {
    completed: job.status === "completed",
    ready: job.summary !== undefined,
    stopped: job.status === "failed" || job.status === "cancelled",
  };
}

/** The state after one more event of the log. */
export function afterEvent(end: StreamEnd, type: EventType): StreamEnd {
  if (type === "task.failed" || type === "task.cancelled") return { ...end, stopped: true };
  if (type === "task.completed") return { ...end, completed: true };
  if (type === "summary.ready") return { ...end, ready: true };
  return end;
}

export function isOver(end: StreamEnd): boolean {
  return end.stopped || (end.completed && end.ready);
}
