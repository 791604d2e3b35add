/** Takes jobs from dead workers and hands them out again. Every worker does it; rows locked by one are passed over by the others. */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { runSystem } from "../db/system.ts";
import type { WakeUp } from "../events/event-log.ts";
import type { Boss } from "./boss.ts";
import type { HeldRow } from "./store-work.ts";
import { reap, redispatch } from "./store-work.ts";

export interface ReaperOptions {
  readonly database: Database;
  readonly boss: Boss;
  readonly wakeUp: WakeUp;
  readonly intervalMs?: number;
  readonly onError?: (error: unknown) => void;
  /** Jobs taken from dead workers, for the metrics. */
  readonly onReaped?: (count: number) => void;
}

/** After the server's restart every session lock is free although the workers live: only leases count for so long. */
const restartGrace = "5 seconds";
/** A job that nobody took for so long has lost its message, whatever the reason. */
const forgottenAfter = "5 minutes";
const forgottenEveryMs = 60_000;
/** Of a tenant that is back; what was handed out this moment, by us or another replica, is on its way. */
const waitingFor = "1 second";
const waitingMost = 1_000;

export interface Reaper {
  /** Hands out what waits and may have lost its message, without waiting for the sweep: a tenant is served again. */
  handOutWaiting(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs until stopped. */
export function startReaper(options: ReaperOptions): Reaper {
  const { database, boss, wakeUp } = options;
  const stopped = new AbortController();
  let sweptAt = performance.now();

  async function handOut(find: (tx: Executor) => Promise<readonly HeldRow[]>): Promise<readonly HeldRow[]> {
    const jobs = await database.worker.transaction(null, async (tx) => {
      const found = await find(tx);
      for (const row of found) await boss.sendJob(tx, row.tenant, row.job, BigInt(row.epoch));
      return found;
    });
    for (const row of jobs) wakeUp.notify("job", `${row.tenant}/${row.job}`);
    if (jobs.length > 0) wakeUp.notify("queue");
    return jobs;
  }

  async function turn(): Promise<void> {
    const reaped = await handOut((tx) => runSystem(tx, reap, restartGrace));
    if (reaped.length > 0) options.onReaped?.(reaped.length);
    if (performance.now() - sweptAt < forgottenEveryMs) return;
    sweptAt = performance.now();
    await handOut((tx) => runSystem(tx, redispatch, forgottenAfter, 100));
  }

  let failing = false;
  /** Tells of an outage once, not four times a second. */
  function report(error: unknown): void {
    if (!failing) options.onError?.(error);
    failing = true;
  }

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      await turn().then(() => {
        failing = false;
      }, report);
      await delay(options.intervalMs ?? 250, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  const running = loop();
  return {
    handOutWaiting: async () => void (await handOut((tx) => runSystem(tx, redispatch, waitingFor, waitingMost))),
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
