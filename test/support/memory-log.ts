/** The log, the wake-up and a job in memory, for tests of their readers. */
import type { EventData, EventType, JobEvent } from "../../src/core/event/event.ts";
import type { EventLog, WakeTopic, WakeUp } from "../../src/events/event-log.ts";
import type { Job } from "../../src/jobs/jobs.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import { isDraftEvent } from "../../src/core/event/event.ts";
import { progressAt } from "../../src/core/job/status.ts";

export interface MemoryWakeUp extends WakeUp {
  readonly listeners: number;
}

/** Delivers hints at once, on this process only. */
export function memoryWakeUp(): MemoryWakeUp {
  const listeners = new Set<{ topic: WakeTopic; call: (keys: ReadonlySet<string>) => void }>();
  return {
    get listeners() {
      return listeners.size;
    },
    notify(topic, key = "") {
      for (const listener of listeners) if (listener.topic === topic) listener.call(new Set([key]));
    },
    subscribe(topic, call) {
      const listener = { topic, call };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export interface MemoryLog extends EventLog {
  /** Appends and, unless `quiet`, wakes. */
  add(job: string, type: EventType, data?: EventData, quiet?: boolean): JobEvent;
  readonly reads: { one: number; many: number };
  readonly wakeUp: MemoryWakeUp;
}

export function memoryLog(tenant = "general"): MemoryLog {
  const events: JobEvent[] = [];
  const wakeUp = memoryWakeUp();
  const reads = { one: 0, many: 0 };
  let position = 0;
  const of = (job: string, after: number): JobEvent[] =>
    events.filter((event) => event.job === job && event.sequence > after);
  return {
    wakeUp,
    reads,
    add(job, type, data = {}, quiet = false) {
      const sequence = of(job, 0).length + 1;
      const event: JobEvent = {
        id: `evt_${job}_${sequence}`,
        tenant,
        job,
        sequence,
        type,
        time: new Date(Date.UTC(2026, 2, 17, 10, 0, sequence)).toISOString(),
        source: `https://adapter.example/tenants/${tenant}`,
        data,
        ...(isDraftEvent(type) ? {} : { position: (position += 1) }),
      };
      events.push(event);
      if (!quiet) wakeUp.notify("job", `${tenant}/${job}`);
      if (!quiet) wakeUp.notify("sequenced");
      return event;
    },
    append: () => Promise.reject(new Error("use add")),
    appendStream: () => Promise.reject(new Error("use add")),
    readJob: async (asked, job, after, limit) => {
      reads.one += 1;
      return asked === tenant ? of(job, after).slice(0, limit) : [];
    },
    readJobs: async (asked, cursors, limit) => {
      reads.many += 1;
      return asked === tenant ? [...cursors].flatMap(([job, after]) => of(job, after).slice(0, limit)) : [];
    },
    readFeed: async (asked, after, limit, types) =>
      asked === tenant
        ? events
            .filter((event) => (event.position ?? 0) > after && (types === undefined || types.includes(event.type)))
            .slice(0, limit)
        : [],
    newestPosition: async (asked) =>
      asked === tenant ? Math.max(0, ...events.map(({ position }) => position ?? 0)) : 0,
    readOne: async (asked, job, sequence) =>
      events.find((event) => asked === tenant && event.job === job && event.sequence === sequence),
  };
}

export function aJob(id: string, changes: Partial<Job> = {}): Job {
  return {
    tenant: "general",
    id,
    status: "in-progress",
    version: 1,
    attempt: 1,
    progress: progressAt("writing"),
    patient: "Patient/p1",
    encounter: "Encounter/e1",
    createdAt: "2026-03-17T10:00:00.000Z",
    updatedAt: "2026-03-17T10:00:00.000Z",
    lastSequence: 0,
    ...changes,
  };
}

export function anApiClient(
  id = "gateway",
  scopes: readonly string[] = ["jobs:read", "jobs:write", "events:read"],
): Principal {
  return { tenant: "general", actor: { kind: "api-client", id }, scopes: new Set(scopes) };
}
