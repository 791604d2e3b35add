/** Asks one model after the other for a part, until one has written something that stands. */
import type { ErrorCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";
import { streamedText } from "../../core/summary/streamed-text.ts";
import type { Section } from "../../core/summary/summary.ts";
import type { CallRecord, GenerationEvent } from "../summary-generator.ts";
import type { ModelCall, ModelGovernor, Permit } from "./governor.ts";
import type { ModelPart } from "./parts.ts";
import { canaryOfPart } from "./prompt.ts";
import type { ModelCompletion, ModelProvider } from "./provider.ts";
import type { PartPrompt } from "./second-try.ts";
import type { DraftRound, Refusal, SectionDraft } from "./section-draft.ts";
import { writePart } from "./write-part.ts";

export interface PartRequest {
  readonly part: ModelPart;
  readonly prompt: PartPrompt;
  readonly promptHash: string;
  /** Present where refused sentences are asked for once more. */
  readonly askAgain?: {
    readonly promptHash: string;
    /** Undefined where there is nothing to ask for. */
    readonly prompt: (refusals: readonly Refusal[]) => PartPrompt | undefined;
  };
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

/** One question to one model. */
interface Question {
  readonly request: PartRequest;
  readonly provider: ModelProvider;
  readonly prompt: PartPrompt & { readonly usedMs?: number };
  readonly promptHash: string;
  readonly round: DraftRound;
  readonly text: () => string;
}

interface Answered {
  readonly call: CallRecord;
  readonly completion?: ModelCompletion;
  readonly failed?: ErrorCode;
}

function callOf({ provider, request, prompt, promptHash }: Question): ModelCall {
  return { part: request.part.id, provider: provider.provider, model: provider.model, promptHash, prompt };
}

function recordOf(
  { provider, request: { part, factsShown, factsLeftOut }, promptHash, round }: Question,
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
    stood: round.stood(),
    dropped: round.dropped(),
    drops: round.drops(),
  };
}

/** The model's own failures are values; the caller's abort and faults of our own are thrown. */
async function* ask(question: Question, governor: ModelGovernor): AsyncGenerator<GenerationEvent, Answered> {
  const { request, provider, prompt, round, text } = question;
  const begun = performance.now();
  const answer: string[] = [];
  const told = (outcome: CallRecord["outcome"], completion?: ModelCompletion): CallRecord =>
    recordOf(question, {
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
    permit = await governor.admit(callOf(question), request.signal);
    const signal = AbortSignal.any([request.signal, permit.signal]);
    const whatToWrite = { ...prompt, signal, ...(permit.handle === undefined ? {} : { handle: permit.handle }) };
    const { part, restore } = request;
    const writing = { section: part.section, round, text, mostSentences: part.mostSentences, restore };
    const completion = yield* writePart(
      permit.cached ?? provider,
      whatToWrite,
      { ...writing, canary: canaryOfPart(part) },
      (piece) => answer.push(piece),
    );
    whole = true;
    call = told(round.stood() === 0 ? "nothing-stood" : "written", completion);
    return { call, completion };
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
 * Once more what the gate refused, within the time that the first call left. Shows nothing: what stands of it goes into the
 * middle of text that is there already. A failure of it costs what it would have won, and nothing else.
 */
async function askAgain(
  first: Question,
  draft: SectionDraft,
  usedMs: number,
  governor: ModelGovernor,
): Promise<CallRecord | undefined> {
  const { request, provider } = first;
  const prompt = request.askAgain?.prompt(draft.refusals());
  if (request.askAgain === undefined || prompt === undefined) return undefined;
  const { promptHash } = request.askAgain;
  const { text } = draft;
  const asked = ask(
    { request, provider, promptHash, prompt: { ...prompt, usedMs }, round: draft.again, text },
    governor,
  );
  for (;;) {
    const next = await asked.next();
    if (next.done === true) return next.value.call;
  }
}

/** What a reader has not been shown of the finished section yet: its end, or all of it where something came in between. */
function* showWhole(section: Section, shown: string): Generator<GenerationEvent> {
  const text = streamedText(section);
  const follows = text.startsWith(shown);
  if (!follows) yield { kind: "reset", section: section.id };
  const rest = follows ? text.slice(shown.length) : text;
  if (rest !== "") yield { kind: "delta", section: section.id, text: rest };
}

interface Tried extends Omit<Answered, "call"> {
  readonly calls: readonly CallRecord[];
  /** Refused, and not won back by a second try. */
  readonly dropped: number;
  readonly section?: Section;
}

/** One model: its answer, and its second try where the hospital wants one. */
async function* tryModel(
  provider: ModelProvider,
  request: PartRequest,
  governor: ModelGovernor,
): AsyncGenerator<GenerationEvent, Tried> {
  const draft = request.startDraft();
  const { prompt, promptHash } = request;
  const question: Question = { request, provider, prompt, promptHash, round: draft.first, text: draft.text };
  const begun = performance.now();
  const answered = yield* ask(question, governor);
  const { call, completion } = answered;
  if (completion === undefined) return { ...answered, calls: [call], dropped: call.dropped };
  const shown = draft.text();
  const again = await askAgain(question, draft, performance.now() - begun, governor);
  const told = { calls: again === undefined ? [call] : [call, again], dropped: call.dropped - (again?.stood ?? 0) };
  const section = draft.section();
  if (section === undefined) return { ...told, failed: "model_failed" };
  yield* showWhole(section, shown);
  return { ...told, section, completion };
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
  let dropped = 0;
  let failed: ErrorCode | undefined;
  for (const provider of models) {
    request.signal.throwIfAborted();
    const tried = yield* tryModel(provider, request, governor);
    calls.push(...tried.calls);
    dropped += tried.dropped;
    const { section, completion } = tried;
    if (section !== undefined && completion !== undefined) return { section, completion, calls, dropped };
    failed = tried.failed;
    yield { kind: "reset", section: request.part.section };
  }
  return { calls, dropped, ...(failed === undefined ? {} : { failed }) };
}
