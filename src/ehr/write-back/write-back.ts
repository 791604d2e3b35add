/** The write-back of documents into the EHR: a reader of the log with a cursor, and a worker for what it found owed. */
import { runSystem } from "../../db/system.ts";
import type { EventLog, WakeUp } from "../../events/event-log.ts";
import { startLoop } from "../../events/loop.ts";
import { oweDocuments } from "./owe-documents.ts";
import { dueWrites } from "./store.ts";
import type { WriteOwedDeps } from "./write-owed.ts";
import { writeOwed } from "./write-owed.ts";

export interface WriteBackDeps extends WriteOwedDeps {
  readonly log: Pick<EventLog, "append" | "readOne">;
  readonly wakeUp: Pick<WakeUp, "notify" | "subscribe">;
  readonly onError: (error: unknown) => void;
}

export interface WriteBack {
  stop(): Promise<void>;
}

const POLL_MS = 1000;
/** Writes in flight per replica: an EHR's document store is no queue. */
const AT_ONCE = 8;

/** Starts both loops. */
export function startWriteBack(deps: WriteBackDeps): WriteBack {
  const reader = startLoop({
    turn: async () => {
      const whenOf = (tenant: string) => deps.profileOf(tenant).when;
      const more = await oweDocuments(deps.database, deps.log, whenOf, deps.onError);
      writer.wake();
      return more;
    },
    pollMs: POLL_MS,
    onError: deps.onError,
  });
  const writer = startLoop({
    turn: async (signal) => {
      const due = await runSystem(deps.database.worker, dueWrites, AT_ONCE);
      await Promise.all(due.map((write) => writeOwed(deps, write, signal)));
      return due.length === AT_ONCE;
    },
    pollMs: POLL_MS,
    onError: deps.onError,
  });
  const unsubscribe = deps.wakeUp.subscribe("sequenced", () => reader.wake());
  return {
    async stop() {
      unsubscribe();
      await Promise.all([reader.stop(), writer.stop()]);
    },
  };
}
