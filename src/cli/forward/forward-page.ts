/** Brings one page of events to one receiver: in order within each job, several jobs at a time, again until it is taken. */
import { setTimeout as sleep } from "node:timers/promises";
import { judge } from "../../core/delivery/outcome.ts";
import type { RetryPolicy } from "../../core/retry/policy.ts";
import { parseTraceParent, requestTraceParent, traceOf } from "../../core/trace/trace-parent.ts";
import type { FeedEvent } from "../feed/follow.ts";
import type { Receiver } from "./receiver.ts";

/** One attempt, as it is told. */
export interface Forwarded {
  readonly event: FeedEvent;
  /** From 1. */
  readonly attempt: number;
  readonly code: string;
  readonly durationMs: number;
  readonly result: "delivered" | "again" | "passed-over";
  /** Until the next attempt; with `again`. */
  readonly delayMs?: number;
}

export interface ForwardOptions {
  readonly receiver: Receiver;
  /** Asked once for each event. */
  readonly bodyOf: (event: FeedEvent) => Uint8Array;
  /** Events of different jobs under way at once. */
  readonly concurrency: number;
  readonly policy: RetryPolicy;
  /** Whether to pass over an event that was answered so, for so many times and so long. What got no answer is never given up. */
  readonly givesUp: (status: number, times: number, sinceMs: number) => boolean;
  readonly tell: (forwarded: Forwarded) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Ends what is under way as well. */
  readonly abandon: AbortSignal;
}

/** A receiver that is down is down for every event: one delay for all of them. */
interface Gate {
  openAtMs: number;
  failed: number;
}

/** Statuses that say "not now" rather than "not this one". */
const passing: ReadonlySet<number> = new Set([408, 421, 425, 429]);

/** Whether a status speaks of the event itself, so that sending it again may never help. */
export const isRefusal = (status: number): boolean => status >= 300 && status < 500 && !passing.has(status);

/** The trace that the engine's own webhook of this event would belong to. */
function traceOfEvent({ id, subject, raw }: FeedEvent): string {
  const given = raw["traceparent"];
  const traceParent = parseTraceParent(typeof given === "string" ? given : undefined);
  const log = { id, job: subject.replace(/^job\//u, "") };
  return requestTraceParent(traceOf(traceParent === undefined ? log : { ...log, traceParent }), Math.random);
}

async function forwardOne(event: FeedEvent, gate: Gate, options: ForwardOptions): Promise<void> {
  const { receiver, policy, givesUp, tell, signal, abandon } = options;
  const body = options.bodyOf(event);
  let firstMs: number | undefined;
  let answered = 0;
  for (let attempt = 1; ; attempt += 1) {
    const waitMs = gate.openAtMs - Date.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
    signal.throwIfAborted();
    const came = await receiver.post(event.id, body, abandon, { traceparent: traceOfEvent(event) });
    abandon.throwIfAborted();
    const context = { policy, attemptsBefore: gate.failed, nowMs: Date.now(), random: Math.random() };
    const outcome = judge(came, context);
    const told = { event, attempt, code: outcome.code, durationMs: came.durationMs };
    if (outcome.kind === "delivered") {
      gate.failed = 0;
      tell({ ...told, result: "delivered" });
      return;
    }
    if (came.kind === "answer") {
      firstMs ??= Date.now();
      answered += 1;
      if (givesUp(came.status, answered, Date.now() - firstMs)) {
        tell({ ...told, result: "passed-over" });
        return;
      }
    }
    const delayMs = outcome.kind === "retry" ? outcome.delayMs : LONGEST_MS;
    gate.failed += 1;
    gate.openAtMs = Math.max(gate.openAtMs, Date.now() + delayMs);
    tell({ ...told, result: "again", delayMs });
  }
}

/** For an answer that the engine would not repeat, such as 410: nobody else would bring this event. */
const LONGEST_MS = 60_000;

/** The events of a page by what they are about, each list in its order. */
function bySubject(events: readonly FeedEvent[]): readonly (readonly FeedEvent[])[] {
  return [...Map.groupBy(events, ({ subject }) => subject).values()];
}

/**
 * Resolves once every event was taken (or passed over).
 * @throws the reason of `signal` or `abandon`: then some of the page may not have been taken
 */
export async function forwardPage(events: readonly FeedEvent[], options: ForwardOptions): Promise<void> {
  const lists = bySubject(events).values();
  const gate: Gate = { openAtMs: 0, failed: 0 };
  const work = async (): Promise<void> => {
    // One iterator for all workers: each takes the next job that nobody has.
    for (const list of lists) for (const event of list) await forwardOne(event, gate, options);
  };
  // What is under way may end, and is told, before the page is given up.
  const ends = await Promise.allSettled(Array.from({ length: options.concurrency }, work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
