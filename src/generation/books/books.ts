/** The books of model calls: who may call now, what it cost, and what was answered before. */
import { setTimeout as sleep } from "node:timers/promises";
import { AdapterError } from "../../core/errors.ts";
import type { DayBudget, ModelPrice, TokenCounts } from "../../core/generation/budget.ts";
import { costOf, estimatedTokens, mayCall, startOfDay } from "../../core/generation/budget.ts";
import type { Pool } from "../../db/database.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { Sealer } from "../../db/sealer.ts";
import { workKey } from "../inbox/receive.ts";
import type { ModelCall, ModelGovernor, Permit } from "../model/governor.ts";
import type { CallRecord } from "../summary-generator.ts";
import type { KeptAnswer } from "./answers.ts";
import { answerOf, rememberAnswer, replaying, requestHash } from "./answers.ts";
import type { FairPlaces } from "./fair-places.ts";
import type { Pauses } from "./pauses.ts";
import type { RunningCalls } from "./running-calls.ts";
import { modelStops, stopOf, stopped } from "./stops.ts";
import {
  askedNow,
  closeCall,
  earlierHandle,
  endLost,
  keepHandle,
  lockBooks,
  openCall,
  readAnswer,
  standing,
} from "./store.ts";

export interface BooksDeps {
  readonly pool: Pool;
  readonly sealer: Sealer;
  readonly running: RunningCalls;
  readonly pauses: Pauses;
  /** Places at a server, by its name; of this process. */
  readonly placesAt: (server: string) => FairPlaces;
  readonly now: () => number;
  readonly newId: () => string;
  readonly measure: (figures: EndedCall) => void;
  readonly onError: (error: unknown) => void;
}

/** A call that has ended, for metrics. */
export interface EndedCall extends Pick<CallRecord, "part" | "outcome" | "cached" | "stood" | "dropped"> {
  readonly tenant: string;
  readonly model: string;
  readonly mode: "shown" | "shadow";
  readonly seconds: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
}

/** What holds for the calls of one tenant. */
export interface BookSettings {
  readonly tenant: string;
  readonly timeZone: string;
  readonly budget: DayBudget;
  /** A call waits no longer for its place. */
  readonly maxWaitMs: number;
  readonly priceOf: (model: string) => ModelPrice | undefined;
  /** Who is asked by this name, for places and hashes: an address, or a vendor. */
  readonly serverOf: (model: string) => string;
  /** How long a call may run at most. */
  readonly longestMs: (model: string) => number;
  /** 0: nothing is kept. */
  readonly keepAnswersSeconds: number;
}

export interface BookedFor {
  readonly job: string | undefined;
  readonly mode: "shown" | "shadow";
}

/** Between looks at whether a place has become free in another replica. */
const lookAgainMs = 250;
/** For the commit, the settling and a clock that is a little off. */
const leaseMarginSeconds = 60;

interface Admission {
  readonly deps: BooksDeps;
  readonly settings: BookSettings;
  readonly bookedFor: BookedFor;
  readonly call: ModelCall;
  readonly hash: string;
}

function mostOf({ call, settings }: Admission): TokenCounts & { readonly cost: number } {
  const { system, user, maxOutputTokens } = call.prompt;
  const most = { inputTokens: estimatedTokens(system) + estimatedTokens(user), outputTokens: maxOutputTokens };
  return { ...most, cost: costOf(most, settings.priceOf(call.model)) };
}

async function open(
  tx: Executor,
  { deps, settings, bookedFor, call, hash }: Admission,
  most: TokenCounts & { readonly cost: number },
  cached: boolean,
): Promise<string> {
  const id = deps.newId();
  const leaseSeconds = settings.longestMs(call.model) / 1000 + leaseMarginSeconds;
  await run(
    tx,
    openCall,
    settings.tenant,
    id,
    bookedFor.job ?? null,
    call.part,
    call.provider,
    call.model,
    call.promptHash,
    hash,
    bookedFor.mode,
    most.inputTokens,
    most.outputTokens,
    most.cost,
    cached,
    leaseSeconds,
  );
  return id;
}

/** Looks and takes in one transaction; undefined while somebody else must end first. */
async function book(admission: Admission): Promise<string | undefined> {
  const { deps, settings, bookedFor, hash } = admission;
  const { tenant } = settings;
  const since = startOfDay(deps.now(), settings.timeZone).toISOString();
  return deps.pool.transaction(tenant, async (tx) => {
    await run(tx, lockBooks, tenant);
    const { job, mode } = bookedFor;
    if (job !== undefined) await run(tx, endLost, tenant, job, hash, mode);
    const [same] = await run(tx, askedNow, tenant, hash);
    if (settings.keepAnswersSeconds > 0) {
      // Its asker may have ended since the answer was looked for: what is there now is not bought again.
      const [known] = same === undefined ? await run(tx, readAnswer, tenant, hash) : [];
      if (same !== undefined || known !== undefined) return undefined;
    }
    const [row] = await run(tx, standing, tenant, since);
    const spent = { tokens: Number(row?.tokens ?? 0), cost: row?.cost ?? 0, running: row?.running ?? 0 };
    const most = mostOf(admission);
    const verdict = mayCall(spent, most, settings.budget);
    if (verdict === "spent") throw new AdapterError("model_over_budget");
    return verdict === "wait" ? undefined : open(tx, admission, most, false);
  });
}

/** What the call used: counted by the provider, or estimated from what went over the wire. */
function usedOf(admission: Admission, record: CallRecord, answer: string): TokenCounts & { readonly counted: boolean } {
  if (record.usage !== undefined) return { ...record.usage, counted: true };
  // Nothing came: a refusal costs nothing, and a call that was never sent even less.
  if (answer === "") return { inputTokens: 0, outputTokens: 0, counted: false };
  return { inputTokens: mostOf(admission).inputTokens, outputTokens: estimatedTokens(answer), counted: false };
}

/** What an interrupted call left with its provider is asked for again; what was answered, or refused, is not. */
const goesOn = (outcome: string): boolean => outcome === "cancelled" || outcome === "model_timeout";

async function close(admission: Admission, id: string, record: CallRecord, answer: string): Promise<void> {
  const { deps, settings, call, bookedFor } = admission;
  const used = usedOf(admission, record, answer);
  const cost = record.cached ? 0 : costOf(used, settings.priceOf(call.model));
  const { part, outcome, cached, stood, dropped } = record;
  deps.measure({
    tenant: settings.tenant,
    model: call.model,
    mode: bookedFor.mode,
    part,
    outcome,
    cached,
    stood,
    dropped,
    seconds: record.durationMs / 1000,
    inputTokens: used.inputTokens,
    outputTokens: used.outputTokens,
    cost,
  });
  await run(
    deps.pool,
    closeCall,
    settings.tenant,
    id,
    record.outcome,
    used.inputTokens,
    used.outputTokens,
    used.counted,
    cost,
    record.stood,
    record.dropped,
    JSON.stringify(record.drops),
    record.durationMs,
    goesOn(record.outcome),
  );
}

async function settle(
  admission: Admission,
  id: string,
  record: CallRecord,
  answer: { readonly text: string; readonly whole: boolean },
): Promise<void> {
  const { deps, settings, bookedFor, hash } = admission;
  const { tenant, keepAnswersSeconds: seconds } = settings;
  if (answer.whole && !record.cached && seconds > 0) {
    const { model, usage } = record;
    const kept: KeptAnswer = { text: answer.text, model, ...(usage === undefined ? {} : { usage }) };
    await rememberAnswer(deps.pool, deps.sealer, { tenant, hash, job: bookedFor.job, seconds }, kept);
  }
  await close(admission, id, record, answer.text);
}

async function fromBefore(admission: Admission): Promise<Permit | undefined> {
  const { deps, settings, call, hash } = admission;
  if (settings.keepAnswersSeconds === 0) return undefined;
  const kept = await answerOf(deps.pool, deps.sealer, settings.tenant, hash);
  if (kept === undefined) return undefined;
  const id = await open(deps.pool, admission, { inputTokens: 0, outputTokens: 0, cost: 0 }, true);
  return {
    signal: new AbortController().signal,
    cached: replaying(kept, call.provider),
    settle: (record, answer) => settle(admission, id, record, answer).catch(deps.onError),
  };
}

/** A permit for a call that is booked. Everything that was taken is given back when it is settled. */
async function permit(admission: Admission, id: string, giveBack: () => void): Promise<Permit> {
  const { deps, settings, call, hash } = admission;
  const { tenant } = settings;
  const [earlier] = await run(deps.pool, earlierHandle, tenant, hash);
  const running = deps.running.begin(tenant, call.model);
  return {
    signal: running.signal,
    handle: {
      earlier: earlier?.handle,
      keep: async (handle) => void (await run(deps.pool, keepHandle, tenant, id, handle)),
      pause: (handle, waitMs, until) => deps.pauses.wait(workKey(tenant, handle), waitMs, until),
    },
    settle: async (record, answer) => {
      running.ended();
      giveBack();
      await settle(admission, id, record, answer).catch(deps.onError);
    },
  };
}

async function refuseStopped({ deps, settings, call }: Admission): Promise<void> {
  if (stopOf(await modelStops(deps.pool, settings.tenant), call.model)) throw stopped();
}

/** Books as soon as it may be; the place of this process is held meanwhile. */
async function bookInTime(admission: Admission, giveBack: () => void, signal: AbortSignal): Promise<Permit> {
  for (;;) {
    signal.throwIfAborted();
    // A place may have been long in coming: the model may have been stopped since, or the same been answered.
    await refuseStopped(admission);
    const kept = await fromBefore(admission);
    if (kept !== undefined) {
      giveBack();
      return kept;
    }
    const id = await book(admission);
    if (id !== undefined) return permit(admission, id, giveBack);
    await sleep(lookAgainMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function admit(admission: Admission, signal: AbortSignal): Promise<Permit> {
  const { deps, settings, call } = admission;
  await refuseStopped(admission);
  const kept = await fromBefore(admission);
  if (kept !== undefined) return kept;
  const busy = new AbortController();
  const timer = setTimeout(() => busy.abort(new AdapterError("model_busy")), settings.maxWaitMs);
  const patience = AbortSignal.any([signal, busy.signal]);
  try {
    const giveBack = await deps.placesAt(settings.serverOf(call.model)).take(settings.tenant, patience);
    try {
      return await bookInTime(admission, giveBack, patience);
    } catch (error) {
      giveBack();
      throw error;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The governor of one job's calls. */
export function governedBy(deps: BooksDeps, settings: BookSettings, bookedFor: BookedFor): ModelGovernor {
  return {
    admit: (call, signal) => {
      const hash = requestHash(settings.serverOf(call.model), call);
      return admit({ deps, settings, bookedFor, call, hash }, signal);
    },
  };
}
