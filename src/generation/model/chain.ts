/** Asks one model after the other for a part, until one has written something that stands. */
import type { ErrorCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Section } from "../../core/summary/summary.ts";
import type { CallRecord, GenerationEvent } from "../summary-generator.ts";
import type { ModelCall, ModelGovernor, Permit } from "./governor.ts";
import type { ModelPart } from "./parts.ts";
import { canaryOfPart } from "./prompt.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "./provider.ts";
import type { SectionDraft } from "./section-draft.ts";
import type { PartWriting } from "./write-part.ts";
import { writePart } from "./write-part.ts";

export interface PartRequest {
  readonly part: ModelPart;
  readonly prompt: Omit<ModelPrompt, "signal" | "handle">;
  readonly promptHash: string;
  /** A fresh draft: what a model wrote before it failed counts for nothing. */
  readonly startDraft: () => SectionDraft;
  readonly restore: (text: string) => string;
  readonly signal: AbortSignal;
  readonly factsShown: number;
  readonly factsLeftOut: number;
}

export interface PartResult {
  /** Absent: no model wrote anything that stands. */
  readonly section?: Section;
  readonly completion?: ModelCompletion;
  /** Of the last model that was asked, where none succeeded. */
  readonly failed?: ErrorCode;
  readonly calls: readonly CallRecord[];
  readonly dropped: number;
}

interface Tried {
  readonly call: CallRecord;
  readonly section?: Section;
  readonly completion?: ModelCompletion;
  readonly failed?: ErrorCode;
}

function callOf(provider: ModelProvider, { part, prompt, promptHash }: PartRequest): ModelCall {
  return { part: part.id, provider: provider.provider, model: provider.model, promptHash, prompt };
}

function recordOf(
  provider: ModelProvider,
  { part, promptHash, factsShown, factsLeftOut }: PartRequest,
  draft: SectionDraft,
  rest: Pick<CallRecord, "outcome" | "durationMs" | "cached"> & { readonly completion?: ModelCompletion },
): CallRecord {
  const { completion, ...told } = rest;
  return {
    part: part.id,
    provider: provider.provider,
    model: completion?.model ?? provider.model,
    promptHash,
    ...told,
    ...(completion?.usage === undefined ? {} : { usage: completion.usage }),
    factsShown,
    factsLeftOut,
    stood: draft.stood(),
    dropped: draft.dropped(),
    drops: draft.drops(),
  };
}

/** One model. Its own failures are values; the caller's abort and faults of our own are thrown. */
async function* tryModel(
  provider: ModelProvider,
  request: PartRequest,
  governor: ModelGovernor,
): AsyncGenerator<GenerationEvent, Tried> {
  const draft = request.startDraft();
  const begun = performance.now();
  const writing: PartWriting = {
    section: request.part.section,
    draft,
    mostSentences: request.part.mostSentences,
    canary: canaryOfPart(request.part),
    restore: request.restore,
  };
  const answer: string[] = [];
  const told = (outcome: CallRecord["outcome"], completion?: ModelCompletion): CallRecord =>
    recordOf(provider, request, draft, {
      outcome,
      durationMs: Math.round(performance.now() - begun),
      cached: permit?.cached !== undefined,
      ...(completion === undefined ? {} : { completion }),
    });
  let permit: Permit | undefined;
  // What stands until the call has come to an end: the reader left, or was told to stop.
  let call = told("cancelled");
  let whole = false;
  try {
    permit = await governor.admit(callOf(provider, request), request.signal);
    const signal = AbortSignal.any([request.signal, permit.signal]);
    const prompt = { ...request.prompt, signal, ...(permit.handle === undefined ? {} : { handle: permit.handle }) };
    const completion = yield* writePart(permit.cached ?? provider, prompt, writing, (piece) => answer.push(piece));
    const section = draft.section();
    whole = true;
    call = told(section === undefined ? "nothing-stood" : "written", completion);
    return section === undefined ? { call, failed: "model_failed" } : { call, section, completion };
  } catch (error) {
    call = told("cancelled");
    if (!(error instanceof AdapterError) || request.signal.aborted) throw error;
    call = told(error.code);
    return { call, failed: error.code };
  } finally {
    await permit?.settle(call, { text: answer.join(""), whole });
  }
}

/**
 * Yields what the models write. Text of one that failed is taken back before the next is asked. Throws only the signal's
 * reason, or a fault of our own.
 */
export async function* writeByChain(
  models: readonly ModelProvider[],
  request: PartRequest,
  governor: ModelGovernor,
): AsyncGenerator<GenerationEvent, PartResult> {
  const calls: CallRecord[] = [];
  let failed: ErrorCode | undefined;
  for (const provider of models) {
    request.signal.throwIfAborted();
    const tried = yield* tryModel(provider, request, governor);
    calls.push(tried.call);
    const dropped = calls.reduce((sum, call) => sum + call.dropped, 0);
    const { section, completion } = tried;
    if (section !== undefined && completion !== undefined) return { section, completion, calls, dropped };
    failed = tried.failed;
    yield { kind: "reset", section: request.part.section };
  }
  const dropped = calls.reduce((sum, call) => sum + call.dropped, 0);
  return { calls, dropped, ...(failed === undefined ? {} : { failed }) };
}
