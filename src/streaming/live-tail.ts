/**
 * The live end of the log for this replica's clients. Woken out of band with job ids only; whatever was woken since the
 * last read is read by one statement per tenant and fanned out in memory (core measurement: p99 7.6 ms, against 53.7 ms
 * when each client reads for itself). A hint may be lost, so every job is also looked at by a backstop poll.
 */
import type { EventLog, WakeUp } from "../events/event-log.ts";
import type { JobEvent } from "../core/event/event.ts";
import { jobEventFrame } from "../core/sse/frame.ts";

/** A reader that has been brought up to date and now follows. */
export interface TailReader {
  readonly tenant: string;
  readonly job: string;
  readonly cursor: number;
  deliver(event: JobEvent, bytes: Buffer): void;
  /** Called behind each batch of the reader's job. */
  settle(): void;
}

export interface LiveTail {
  /** Follows the job from the reader's cursor on. Returns the function that stops it. */
  join(reader: TailReader): () => void;
  close(): void;
}

export interface LiveTailDeps {
  readonly log: Pick<EventLog, "readJobs">;
  readonly wakeUp: Pick<WakeUp, "subscribe">;
  readonly backstopMs: number;
  readonly limitPerJob: number;
  readonly onError: (error: unknown) => void;
}

type Readers = Map<string, Set<TailReader>>;

const keyOf = (tenant: string, job: string): string => `${tenant}/${job}`;

/** Lowest cursor of each woken job, grouped by tenant: what one statement per tenant has to read. */
function cursorsByTenant(readers: Readers, keys: Iterable<string>): Map<string, Map<string, number>> {
  const byTenant = new Map<string, Map<string, number>>();
  for (const key of keys) {
    for (const reader of readers.get(key) ?? []) {
      const cursors = byTenant.get(reader.tenant) ?? new Map<string, number>();
      byTenant.set(reader.tenant, cursors);
      cursors.set(reader.job, Math.min(cursors.get(reader.job) ?? reader.cursor, reader.cursor));
    }
  }
  return byTenant;
}

/** Renders each event once and hands it to every reader of its job. Returns how many events each job had. */
function fanOut(readers: Readers, events: readonly JobEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    const key = keyOf(event.tenant, event.job);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const bytes = Buffer.from(jobEventFrame(event));
    for (const reader of readers.get(key) ?? []) reader.deliver(event, bytes);
  }
  return counts;
}

export function createLiveTail(deps: LiveTailDeps): LiveTail {
  const { log, wakeUp, backstopMs, limitPerJob, onError } = deps;
  const readers: Readers = new Map();
  const woken = new Set<string>();
  let reading = false;

  async function readTenant(tenant: string, cursors: ReadonlyMap<string, number>): Promise<void> {
    const counts = fanOut(readers, await log.readJobs(tenant, cursors, limitPerJob));
    for (const [key, count] of counts) {
      if (count >= limitPerJob) woken.add(key);
      for (const reader of readers.get(key) ?? []) reader.settle();
    }
  }

  /** One read at a time: what wakes meanwhile is taken by the next, so a burst costs two statements, not a hundred. */
  async function pump(): Promise<void> {
    if (reading) return;
    reading = true;
    try {
      while (woken.size > 0) {
        const work = cursorsByTenant(readers, woken);
        woken.clear();
        await Promise.all([...work].map(([tenant, cursors]) => readTenant(tenant, cursors)));
      }
    } catch (error) {
      // The backstop reads again: nothing is lost, cursors move only with what was delivered.
      onError(error);
    } finally {
      reading = false;
    }
  }

  function wake(keys: Iterable<string>): void {
    for (const key of keys) if (readers.has(key)) woken.add(key);
    if (woken.size > 0) void pump();
  }

  const unsubscribe = wakeUp.subscribe("job", wake);
  const backstop = setInterval(() => wake(readers.keys()), backstopMs);

  return {
    join(reader) {
      const key = keyOf(reader.tenant, reader.job);
      const group = readers.get(key) ?? new Set();
      readers.set(key, group.add(reader));
      // What was appended between the reader's own last read and now has woken nobody.
      wake([key]);
      return () => {
        group.delete(reader);
        if (group.size === 0 && readers.get(key) === group) readers.delete(key);
      };
    },
    close() {
      unsubscribe();
      clearInterval(backstop);
      readers.clear();
    },
  };
}
