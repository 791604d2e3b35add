/**
 * The worker: takes jobs from the queue into a few slots, runs them under a lease, and hands back what it holds when it is
 * told to go. Nothing that it does counts unless the job's epoch still stands.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { AdapterError, toAdapterError } from "../core/errors.ts";
import { jobSteps, progressAt } from "../core/job/status.ts";
import { traceOf } from "../core/trace/trace-parent.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import { FenceLost } from "../events/log.ts";
import { runAttempt } from "./attempt.ts";
import type { Barrier } from "./barrier.ts";
import { noBarrier } from "./barrier.ts";
import type { JobMessage } from "./boss.ts";
import { failStep, release } from "./outcome.ts";
import { startReaper } from "./reaper.ts";
import type { HeldRow } from "./store-work.ts";
import { claimable, claimJob } from "./store-work.ts";
import type { Claimed, StopReason, WorkDeps } from "./work.ts";
import { AttemptStopped } from "./work.ts";
import { holdLease } from "./worker-lease.ts";

export interface WorkerOptions extends Omit<WorkDeps, "barrier" | "log" | "serves"> {
  readonly barrier?: Barrier;
  /** Default: every tenant. */
  readonly serves?: WorkDeps["serves"];
  readonly log?: WorkDeps["log"];
  /** Jobs that run at once. */
  readonly slots?: number;
  readonly leaseTtlMs?: number;
  readonly reapIntervalMs?: number;
  readonly onReaped?: (count: number) => void;
}

export interface Worker {
  /** Jobs in hand. */
  readonly running: number;
  /** False while the lease is lost: nothing is claimed then. */
  readonly healthy: boolean;
  /** Hands out jobs that waited while their tenant was not served. */
  handOutWaiting(): Promise<void>;
  /** Takes no more jobs, hands back those in hand, releases the lease. Ends within `graceMs`, whatever happens. */
  stop(graceMs?: number): Promise<void>;
}

interface Running {
  readonly claimed: Claimed;
  readonly stop: AbortController;
  /** Monotonic time of the claim. */
  readonly since: number;
  readonly done: Promise<void>;
}

const keyOf = (tenant: string, job: string): string => `${tenant}/${job}`;

/** A job as log lines name it. */
const named = ({ tenant, job, traceParent }: Claimed) => ({
  tenant,
  job,
  traceId: traceOf({ id: "", job, ...(traceParent === undefined ? {} : { traceParent }) }).traceId,
});
const defaultSlots = 8;

/** For each number of jobs in hand, from none upwards: the tenants that have more than that. The last turn passes over nobody. */
export function turnsOf(inHand: readonly string[]): readonly (readonly string[])[] {
  const counts = new Map<string, number>();
  for (const tenant of inHand) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  const levels = [...new Set([0, ...counts.values()])].toSorted((a, b) => a - b);
  return levels.map((level) => [...counts].filter(([, count]) => count > level).map(([tenant]) => tenant));
}

class JobWorker implements Worker {
  readonly #deps: WorkDeps;
  readonly #slots: number;
  readonly #running = new Map<string, Running>();
  readonly #lease: ReturnType<typeof holdLease>;
  readonly #stopTaking: () => Promise<void>;
  readonly #reaper: ReturnType<typeof startReaper>;
  readonly #unsubscribe: readonly (() => void)[];
  #orphans = new Set<string>();
  #stopping = false;

  constructor(options: WorkerOptions) {
    this.#deps = {
      ...options,
      barrier: options.barrier ?? noBarrier,
      serves: options.serves ?? ((): boolean => true),
      log: options.log ?? ((): void => undefined),
    };
    this.#slots = options.slots ?? defaultSlots;
    const { database, boss, wakeUp } = options;
    this.#lease = holdLease({
      database,
      ...(options.leaseTtlMs === undefined ? {} : { ttlMs: options.leaseTtlMs }),
      onGained: () => boss.notify(),
      onLost: () => this.#stopAll("lease-lost"),
      onHeld: (jobs, asOf) => this.#compare(jobs, asOf),
    });
    this.#reaper = startReaper({
      database,
      boss,
      wakeUp,
      ...(options.reapIntervalMs === undefined ? {} : { intervalMs: options.reapIntervalMs }),
      ...(options.onReaped === undefined ? {} : { onReaped: options.onReaped }),
      onError: (error) => this.#deps.log("warn", "reaper failed", { error: toAdapterError(error).code }),
    });
    this.#unsubscribe = [
      wakeUp.subscribe("queue", () => boss.notify()),
      wakeUp.subscribe("cancel", (keys) => {
        for (const key of keys) this.#running.get(key)?.stop.abort(new AttemptStopped("cancelled"));
      }),
    ];
    this.#stopTaking = boss.workJobs({
      free: () => this.#free(),
      turns: () => turnsOf([...this.#running.values()].map(({ claimed }) => claimed.tenant)),
      claim: (tx, message) => this.#claim(tx, message),
    });
  }

  get running(): number {
    return this.#running.size;
  }

  get healthy(): boolean {
    return this.#lease.current() !== undefined;
  }

  handOutWaiting(): Promise<void> {
    return this.#reaper.handOutWaiting();
  }

  #free(): number {
    if (this.#stopping || this.#lease.current() === undefined) return 0;
    return this.#slots - this.#running.size;
  }

  /** Claims inside the transaction that takes the message: a kill leaves both or neither. */
  async #claim(tx: Executor, message: JobMessage): Promise<(() => void) | undefined> {
    await this.#deps.barrier("fetched");
    // Its message is used up; another is sent once the tenant is served again.
    if (!this.#deps.serves(message.tenant)) return undefined;
    const worker = this.#lease.current();
    // The message goes back with the transaction, for somebody whose lease is good.
    if (worker === undefined) throw new AdapterError("draining", { detail: "the lease was lost before the claim" });
    const eventId = `evt_${randomBytes(16).toString("hex")}`;
    const at = progressAt("reading");
    const started = JSON.stringify({ steps: jobSteps });
    const progress = JSON.stringify({ step: at.step, index: at.index, of: at.of, progress: at.value });
    const [row] = await run(
      tx,
      claimJob,
      message.tenant,
      message.job,
      message.epoch,
      worker,
      eventId,
      started,
      progress,
    );
    if (row === undefined) return this.#refuse(tx, message);
    const { trace_parent: traceParent, ...rest } = row;
    const claimed: Claimed = {
      ...rest,
      tenant: message.tenant,
      job: message.job,
      epoch: BigInt(row.epoch),
      ...(traceParent === null ? {} : { traceParent }),
    };
    return () => this.#start(claimed);
  }

  /** Passes over a stale message. One that still stands was refused because this worker was declared dead: it must not be used up. */
  async #refuse(tx: Executor, message: JobMessage): Promise<undefined> {
    const stands = await run(tx, claimable, message.tenant, message.job, message.epoch);
    if (stands.length === 0) return undefined;
    this.#lease.doubt();
    throw new AdapterError("draining", { detail: "this worker was declared dead" });
  }

  #start(claimed: Claimed): void {
    const key = keyOf(claimed.tenant, claimed.job);
    const { wakeUp } = this.#deps;
    wakeUp.notify("job", key);
    wakeUp.notify("appended");
    // An earlier attempt of ours may still be winding up: it lost the job, and the place in the map.
    this.#running.get(key)?.stop.abort(new AttemptStopped("lease-lost"));
    const stop = new AbortController();
    if (this.#stopping) stop.abort(new AttemptStopped("shutdown"));
    const running: Running = {
      claimed,
      stop,
      since: performance.now(),
      done: this.#work(claimed, stop).finally(() => {
        if (this.#running.get(key) === running) this.#running.delete(key);
        this.#deps.boss.notify();
      }),
    };
    this.#running.set(key, running);
  }

  async #work(claimed: Claimed, stop: AbortController): Promise<void> {
    const begun = performance.now();
    let end: string;
    try {
      end = await runAttempt(this.#deps, claimed, stop);
    } catch (error) {
      end = await this.#end(claimed, stop, error);
    }
    this.#deps.log("info", "attempt ended", {
      ...named(claimed),
      attempt: claimed.attempt,
      outcome: end,
      durationMs: Math.round(performance.now() - begun),
    });
  }

  /** Records why an attempt did not come to its end, for as long as the job is ours to record for. */
  async #end(claimed: Claimed, stop: AbortController, thrown: unknown): Promise<string> {
    for (let round = 1; ; round += 1) {
      const reason =
        stop.signal.aborted && stop.signal.reason instanceof AttemptStopped ? stop.signal.reason.reason : undefined;
      if (thrown instanceof FenceLost || reason === "cancelled" || reason === "lease-lost") return reason ?? "lost";
      try {
        return await this.#record(claimed, reason, thrown);
      } catch (error) {
        if (error instanceof FenceLost) return "lost";
        // The database is away: whoever outlives that, this loop or the lease, decides.
        this.#deps.log("warn", "outcome not recorded", {
          ...named(claimed),
          error: toAdapterError(error).code,
        });
        await delay(Math.min(50 * 2 ** round, 1_000));
      }
    }
  }

  async #record(claimed: Claimed, reason: StopReason | undefined, thrown: unknown): Promise<string> {
    const cause = reason === "write-failed" && thrown instanceof AttemptStopped ? thrown.cause : thrown;
    if (cause instanceof FenceLost) return "lost";
    const away = cause instanceof AdapterError && cause.code === "database_unavailable";
    // Neither a deploy, nor an outage of the database, nor the tenant's removal is the job's own failure.
    if (reason === "shutdown" || away || !this.#deps.serves(claimed.tenant)) {
      await release(this.#deps, claimed);
      return "released";
    }
    const error = toAdapterError(cause);
    this.#deps.log("warn", "step failed", {
      ...named(claimed),
      attempt: claimed.attempt,
      error: error.code,
      cause: error.code === "internal" ? error.cause : undefined,
    });
    return failStep(this.#deps, claimed, cause);
  }

  #stopAll(reason: StopReason): void {
    for (const running of this.#running.values()) running.stop.abort(new AttemptStopped(reason));
  }

  /**
   * Compares what runs here with what the database says this worker holds. What runs besides is stopped (a cancel whose hint
   * was lost); what is held but does not run (the commit's answer was lost) is handed back when it is seen a second time.
   */
  #compare(jobs: readonly HeldRow[], asOf: number): void {
    const epochs = new Map(jobs.map((row) => [keyOf(row.tenant, row.job), BigInt(row.epoch)]));
    for (const [key, running] of this.#running) {
      if (running.since < asOf && epochs.get(key) !== running.claimed.epoch)
        running.stop.abort(new AttemptStopped("cancelled"));
    }
    const idle = jobs.filter((row) => !this.#running.has(keyOf(row.tenant, row.job)));
    for (const row of idle) {
      const seen = `${keyOf(row.tenant, row.job)}@${row.epoch}`;
      if (this.#orphans.has(seen)) void this.#handBack(row);
    }
    this.#orphans = new Set(idle.map((row) => `${keyOf(row.tenant, row.job)}@${row.epoch}`));
  }

  async #handBack(row: HeldRow): Promise<void> {
    const claimed: Claimed = {
      tenant: row.tenant,
      job: row.job,
      epoch: BigInt(row.epoch),
      attempt: 0,
      failures: 0,
      losses: 0,
      patient: "",
      encounter: "",
    };
    await release(this.#deps, claimed).catch(() => undefined);
  }

  async stop(graceMs = 10_000): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const orderly = async (): Promise<void> => {
      await this.#stopTaking();
      this.#stopAll("shutdown");
      await Promise.allSettled([...this.#running.values()].map((running) => running.done));
    };
    await Promise.race([orderly(), delay(graceMs, undefined, { ref: false })]);
    await this.#reaper.stop();
    await this.#lease.release();
  }
}

/** Starts working. The lease is taken in the background; `healthy` tells when. */
export function startWorker(options: WorkerOptions): Worker {
  return new JobWorker(options);
}
