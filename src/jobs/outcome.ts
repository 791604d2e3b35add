/** How an attempt ends: completed, waiting, failed, to be tried again, or handed back. One transaction each. */
import type { ErrorCode } from "../core/errors.ts";
import { toAdapterError } from "../core/errors.ts";
import type { NewEvent } from "../events/event-log.ts";
import { FenceLost } from "../events/log.ts";
import type { AppliedStyle } from "../core/house-style/house-style.ts";
import { inReadingOrder } from "../core/summary/sections.ts";
import type { DraftSources } from "../core/staleness/sources.ts";
import type { Section } from "../core/summary/summary.ts";
import type { ReviewBasis } from "../core/verification/second-look/review.ts";
import { reviewOf } from "../core/verification/second-look/review.ts";
import type { Chart } from "../core/chart/chart.ts";
import { chartBasis } from "../core/chart/chart-basis.ts";
import { contextChanges } from "../core/chart/context-change.ts";
import { withoutProtectedValues } from "../core/sensitivity/protected-values.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { GenerationResult } from "../generation/summary-generator.ts";
import type { Move, Moved } from "./change.ts";
import { lock, move } from "./change.ts";
import { sealBasis, storeBasis } from "./context/basis.ts";
import { unmarkContext } from "./context/store.ts";
import { tellChartNews } from "./context/tell.ts";
import { wakeAfter } from "./deps.ts";
import { storeSources } from "./draft-sources.ts";
import { hold } from "./fenced.ts";
import { purgeWork } from "./purge.ts";
import { sealReviewBasis, storeReviewBasis } from "./review/basis.ts";
import { loadSnapshot } from "./snapshot.ts";
import { citationsOf } from "./citations.ts";
import { addCitations, insertSummary, nextVersion, recordGeneration } from "./store-summary.ts";
import { contentHash, sealContent } from "./summary-content.ts";
import { appendAct } from "./summary-history.ts";
import { summaryReference, taskData } from "./view.ts";
import type { Claimed, WorkDeps } from "./work.ts";

/**
 * Failed steps of a job, its own, after which it fails for good. With the back-off: some three minutes, so that a restart of the
 * EHR does not lose the drafts of its minute, and a clinician does not wait for ever on what will not come.
 */
const maxFailures = 8;
/**
 * The same where the EHR's authorization server gives us no token: somebody has to mend our registration or our keys there, and
 * then the draft goes on by itself. With the back-off: within a minute of that, for about an hour.
 */
const maxTokenRefusals = 60;
/** Workers lost over one job, after which the job itself is held to be what kills them. */
export const maxLosses = 20;

const maxDelaySeconds = 60;
const backoffSeconds = (failures: number): number => Math.min(2 ** failures, maxDelaySeconds);

/** Runs a change that is void unless this attempt still holds the job. */
async function fencedMove(deps: WorkDeps, claimed: Claimed, work: (tx: Executor) => Promise<Moved>): Promise<void> {
  const moved = await deps.database.worker.transaction(claimed.tenant, work);
  wakeAfter(deps.wakeUp, claimed.tenant, claimed.job, moved.events, moved.dispatched);
}

async function moveHeld(tx: Executor, deps: WorkDeps, claimed: Claimed, change: Move): Promise<Moved> {
  await hold(tx, claimed);
  const row = await lock(tx, claimed.tenant, claimed.job);
  if (BigInt(row.epoch) !== claimed.epoch) throw new FenceLost();
  return move(tx, deps, claimed.tenant, row, change);
}

/** What an attempt wrote. */
export interface Drafted {
  readonly sections: readonly Section[];
  readonly result: GenerationResult;
  readonly sources: DraftSources;
  /** What the draft is looked at with, now and after every edit. */
  readonly basis: ReviewBasis;
  /** The hospital's own style, where it has one. */
  readonly style?: AppliedStyle;
  /** Security labels of patient and stay. */
  readonly security: readonly string[];
}

/** The draft is whole: summary, end of the task and news of the draft at once; the chart is purged. */
export async function complete(
  deps: WorkDeps,
  claimed: Claimed,
  chart: Chart,
  { sections, result, sources, basis: reviewBasis, security, style }: Drafted,
): Promise<void> {
  const { tenant, job } = claimed;
  const ordered = inReadingOrder(sections, style?.order);
  const hash = contentHash(ordered);
  const basis = chartBasis([chart.patient, chart.encounter, ...chart.resources]);
  const review = reviewOf(ordered, reviewBasis);
  const sealedReviewBasis = await sealReviewBasis(deps.sealer, tenant, job, reviewBasis);
  const sealedBasis = await sealBasis(deps.sealer, tenant, job, basis);
  await fencedMove(deps, claimed, async (tx) => {
    const { started_at: startedAt, source } = await hold(tx, claimed);
    const [next] = await run(tx, nextVersion, tenant, job);
    const version = next?.version ?? 1;
    const sealed = sealContent(deps.sealer, tenant, job, version, {
      sections: ordered,
      review,
      ...(security.length === 0 ? {} : { security }),
      ...(style === undefined ? {} : { style }),
    });
    const [stored] = await run(
      tx,
      insertSummary,
      tenant,
      job,
      version,
      "preliminary",
      result.engine,
      result.model ?? null,
      hash,
      false,
      sealed,
      null,
      null,
    );
    await run(tx, addCitations, tenant, job, version, citationsOf(ordered));
    await storeSources(tx, deps.sealer, tenant, job, version, sources);
    await appendAct(tx, deps.sealer, tenant, job, {
      act: "draft",
      version,
      revision: 1,
      docStatus: "preliminary",
      by: { kind: "system", id: result.model ?? result.engine },
      sha256: hash,
      details: { sections: [] },
    });
    if (result.record !== undefined)
      await run(tx, recordGeneration, tenant, job, version, JSON.stringify(result.record));
    const durationMs = (stored?.created_at ?? startedAt).getTime() - startedAt.getTime();
    const summary = summaryReference(source, job, { version, docStatus: "preliminary", sha256: hash });
    const later = await loadSnapshot(tx, deps.sealer, tenant, job, "later");
    await purgeWork(tx, tenant, job);
    await storeBasis(tx, tenant, job, sealedBasis);
    await storeReviewBasis(tx, tenant, job, sealedReviewBasis);
    await run(tx, unmarkContext, tenant, job);
    const moved = await moveHeld(tx, deps, claimed, {
      transition: "complete",
      at: { step: "verifying", value: 1 },
      events: (status) => [
        { type: "task.completed", data: { ...taskData(status, claimed), ...completion(result, durationMs), summary } },
        { type: "summary.ready", data: { ...taskData(status, claimed), summary } },
      ],
    });
    const place = { tenant, job, patient: claimed.patient, encounter: claimed.encounter };
    const told = await tellChartNews(
      tx,
      deps,
      { ...place, summary: { version, docStatus: "preliminary" } },
      withoutProtectedValues(contextChanges(basis, later?.resources ?? []), later?.resources ?? []),
      later?.source ?? "api",
    );
    await deps.barrier("completing");
    return { ...moved, events: [...moved.events, ...told] };
  });
}

function completion(result: GenerationResult, durationMs: number): Readonly<Record<string, unknown>> {
  return {
    durationMs,
    engine: result.engine,
    ...(result.model === undefined ? {} : { model: result.model }),
    ...(result.usage === undefined ? {} : { usage: result.usage }),
    ...(result.fellBackBecause === undefined ? {} : { fellBackBecause: result.fellBackBecause }),
    ...(result.droppedSentences === 0 ? {} : { droppedSentences: result.droppedSentences }),
  };
}

/** Neither snapshot nor backend access: a SMART launch must bring the chart. */
export async function waitForChart(deps: WorkDeps, claimed: Claimed): Promise<void> {
  await fencedMove(deps, claimed, (tx) =>
    moveHeld(tx, deps, claimed, {
      transition: "wait-for-chart",
      events: (status) => [{ type: "task.waiting", data: { ...taskData(status, claimed), waitingFor: "chart" } }],
    }),
  );
}

async function fail(tx: Executor, deps: WorkDeps, claimed: Claimed, code: ErrorCode, failures: number): Promise<Moved> {
  await purgeWork(tx, claimed.tenant, claimed.job);
  return moveHeld(tx, deps, claimed, {
    transition: "fail",
    error: code,
    failures,
    events: (status): readonly NewEvent[] => [
      { type: "task.failed", data: { ...taskData(status, claimed), error: code } },
    ],
  });
}

/** A step failed: the job goes back to the queue with a delay, or, when repeating cannot help, fails. */
export async function failStep(deps: WorkDeps, claimed: Claimed, thrown: unknown): Promise<"retried" | "failed"> {
  const error = toAdapterError(thrown);
  let outcome: "retried" | "failed" = "failed";
  await fencedMove(deps, claimed, async (tx) => {
    const failures = (await hold(tx, claimed)).failures + 1;
    const most = error.code === "ehr_token_refused" ? maxTokenRefusals : maxFailures;
    outcome = error.retry === "later" && failures < most ? "retried" : "failed";
    if (outcome === "failed") return fail(tx, deps, claimed, error.code, 1);
    const delaySeconds = Math.max(backoffSeconds(failures), Math.min(error.retryAfterSeconds ?? 0, maxDelaySeconds));
    // Whoever asks after the job meanwhile is told what it meets, and what mends that.
    const { code } = error;
    return moveHeld(tx, deps, claimed, {
      transition: "retry-step",
      error: code,
      failures: 1,
      delaySeconds,
      events: () => [],
    });
  });
  return outcome;
}

/** Too many workers were lost over this job. */
export async function giveUp(deps: WorkDeps, claimed: Claimed): Promise<void> {
  await fencedMove(deps, claimed, (tx) => fail(tx, deps, claimed, "internal", 0));
}

/** A deploy: the job goes back to the queue at once, and nothing is held against it. */
export async function release(deps: WorkDeps, claimed: Claimed): Promise<void> {
  await fencedMove(deps, claimed, (tx) => moveHeld(tx, deps, claimed, { transition: "release", events: () => [] }));
}
