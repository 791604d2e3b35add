/** Works batches off: asks for each item's job, follows the log for how the jobs end, and tells how far the batch is. */
import { AdapterError, toAdapterError } from "../../core/errors.ts";
import type { Database } from "../../db/database.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { Sealer } from "../../db/sealer.ts";
import { openJson } from "../../db/sealer.ts";
import { runSystem } from "../../db/system.ts";
import type { EventLog, NewEvent, WakeUp } from "../../events/event-log.ts";
import { startLoop } from "../../events/loop.ts";
import type { SequencedEvent } from "../../events/reader.ts";
import { takeNext } from "../../events/reader.ts";
import type { Actor, CreateJob, Jobs } from "../jobs.ts";
import type { BatchItem } from "./batches.ts";
import { batchItem, itemContext } from "./batches.ts";
import type { BatchRow } from "./store.ts";
import { dueBatches, dueItems, failItem, postponeItem, readBatch, recount, settleItems, startItem } from "./store.ts";

export interface BatchWorkDeps {
  readonly database: Pick<Database, "worker">;
  readonly jobs: Pick<Jobs, "create">;
  readonly log: Pick<EventLog, "appendStream">;
  readonly sealer: Sealer;
  readonly wakeUp: WakeUp;
  readonly publicUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /**
   * Patient and encounter by reference, and whether the chart can only come by a launch. Throws AdapterError where the EHR
   * knows no such identifier, or nothing can bring the chart.
   */
  readonly resolve: (
    tenant: string,
    item: BatchItem,
  ) => Promise<{ readonly patient: string; readonly encounter: string; readonly waitForLaunch: boolean }>;
  readonly onError: (error: unknown) => void;
}

const READER = "batches";
const EVENTS = 500;
/** Asked for before another batch has its turn. */
const ITEMS = 10;
const POLL_MS = 1_000;
const AGAIN_SECONDS = 15;
/** How long an EHR that is away is waited for. */
const PATIENCE_MS = 24 * 3_600_000;

/** Starts both loops. Returns what ends them. */
export function startBatchWork(deps: BatchWorkDeps): () => Promise<void> {
  const { wakeUp, onError } = deps;
  const asking = startLoop({ turn: () => askForJobs(deps), pollMs: POLL_MS, onError });
  const following = startLoop({ turn: () => followJobs(deps), pollMs: POLL_MS, onError });
  const unsubscribe = [
    wakeUp.subscribe("batch", () => asking.wake()),
    wakeUp.subscribe("sequenced", () => following.wake()),
  ];
  return async () => {
    for (const end of unsubscribe) end();
    await Promise.all([asking.stop(), following.stop()]);
  };
}

async function askForJobs(deps: BatchWorkDeps): Promise<boolean> {
  const due = await runSystem(deps.database.worker, dueBatches, ITEMS);
  let more = false;
  for (const { tenant, batch } of due) more = (await askForItems(deps, tenant, batch)) || more;
  return more;
}

/** A few of one batch, so that a long one does not hold up the others. Returns true when some of them went through. */
async function askForItems(deps: BatchWorkDeps, tenant: string, batch: string): Promise<boolean> {
  const pool = deps.database.worker;
  const [row] = await run(pool, readBatch, tenant, batch);
  if (row === undefined) return false;
  let settled = 0;
  for (const { place, sealed } of await run(pool, dueItems, tenant, batch, ITEMS)) {
    const item = batchItem.parse(openJson(deps.sealer, sealed, itemContext(tenant, batch, place)));
    if (await askForJob(deps, tenant, row, place, item)) settled += 1;
  }
  if (settled > 0) deps.wakeUp.notify("appended");
  return settled > 0;
}

/** Repeatable: the same item asks for the same job. False where it is put off. */
async function askForJob(
  deps: BatchWorkDeps,
  tenant: string,
  { id: batch, actor_kind: kind, actor_id, created_at, trace_parent: traceParent }: BatchRow,
  place: number,
  item: BatchItem,
): Promise<boolean> {
  const pool = deps.database.worker;
  // What becomes of an item and what is told of it are one: a kill between them would leave a batch that never ends.
  const settle = (change: (tx: Executor) => Promise<unknown>): Promise<void> =>
    pool.transaction(tenant, async (tx) => {
      await change(tx);
      await tell(deps, tx, tenant, batch);
    });
  try {
    const subject = await deps.resolve(tenant, item);
    const key: CreateJob["key"] = { kind: "idempotency", value: `batch:${batch}:${place}`, digest: "" };
    const actor: Actor = { kind: kind as Actor["kind"], id: actor_id };
    const input = { tenant, ...subject, documentType: "discharge-summary", trigger: "batch", actor, key } as const;
    const { job } = await deps.jobs.create({ ...input, ...(traceParent === null ? {} : { traceParent }) });
    await settle((tx) => run(tx, startItem, tenant, batch, place, job.id));
    return true;
  } catch (thrown) {
    const { code, retry } = toAdapterError(thrown);
    // What a setting would have to mend is told now, and what does not pass in a day too: a batch must come to an end.
    const final =
      retry === "never" || code === "prefetch_unavailable" || deps.now() - created_at.getTime() > PATIENCE_MS;
    if (thrown instanceof AdapterError && final) {
      await settle((tx) => run(tx, failItem, tenant, batch, place, code));
      return true;
    }
    deps.onError(thrown);
    await run(pool, postponeItem, tenant, batch, place, AGAIN_SECONDS);
    return false;
  }
}

const ends: Readonly<Record<string, readonly [state: string, code: string | null]>> = {
  "task.completed": ["done", null],
  "task.failed": ["failed", "failed"],
  "task.cancelled": ["failed", "cancelled"],
};

/** Reads one batch of the log. Returns true when there may be more. */
async function followJobs(deps: BatchWorkDeps): Promise<boolean> {
  let told = false;
  const more = await deps.database.worker.transaction(null, async (tx) => {
    const { events } = (await takeNext(tx, READER, EVENTS)) ?? { events: [] };
    const ended = events.filter(({ type }) => Object.hasOwn(ends, type));
    for (const [tenant, own] of Map.groupBy(ended, (event) => event.tenant))
      told = (await settle(deps, tx, tenant, own)) || told;
    return events.length === EVENTS;
  });
  if (told) deps.wakeUp.notify("appended");
  return more;
}

async function settle(
  deps: BatchWorkDeps,
  tx: Executor,
  tenant: string,
  events: readonly SequencedEvent[],
): Promise<boolean> {
  const states = events.map(({ type }) => ends[type]?.[0] ?? "failed");
  const codes = events.map(({ type }) => ends[type]?.[1] ?? null);
  const jobs = events.map(({ job }) => job);
  const settled = await run(tx, settleItems, tenant, jobs, states, codes);
  for (const batch of new Set(settled.map((row) => row.batch))) await tell(deps, tx, tenant, batch);
  return settled.length > 0;
}

/** Counts, and appends what the counts say. */
async function tell({ log, publicUrl }: BatchWorkDeps, tx: Executor, tenant: string, batch: string): Promise<void> {
  const [counts] = await run(tx, recount, tenant, batch);
  if (counts === undefined) return;
  const { total, done, failed, duration_ms: durationMs } = counts;
  const data = { batch, total, done, failed };
  const progress: NewEvent = { type: "batch.progress", data };
  const completed: NewEvent = { type: "batch.completed", data: { ...data, durationMs: Math.round(durationMs ?? 0) } };
  const source = `${publicUrl}/tenants/${tenant}`;
  await log.appendStream(
    tx,
    tenant,
    `batch/${batch}`,
    source,
    durationMs === null ? [progress] : [progress, completed],
  );
}
