/** Answers one accepted request, whole or as a stream, and tells how it ended. */
import type { Response } from "express";
import { obeyPayload } from "../injection/obey.ts";
import type { Obedience } from "../injection/obey.ts";
import type { InjectionPayload } from "../injection/payloads.ts";
import { countTokens, cutIntoTokens, writeAnswer } from "./answer.ts";
import type { Spell } from "./answer.ts";
import { usageOf, wholeCompletion } from "./completion.ts";
import type { CompletionHead, FinishReason } from "./completion.ts";
import type { ModelFault } from "./faults.ts";
import { seededRandom } from "./random.ts";
import type { ModelOutcome } from "./record.ts";
import { readPrompt } from "./request.ts";
import type { ChatRequest } from "./request.ts";
import { streamCompletion } from "./stream.ts";
import type { StreamPlan } from "./stream.ts";

/** A model that does what a planted text says. */
export interface Bewitched {
  readonly payload: InjectionPayload;
  readonly obedience: Obedience;
}

export interface CompletionScript {
  readonly seed: number;
  readonly chunkDelayMs: number;
  readonly fault: ModelFault | undefined;
  /** A planted instruction that this model obeys. */
  readonly spell: Bewitched | undefined;
  /** Which request this is; part of the completion's id. */
  readonly index: number;
}

/** Size of a piece of the `huge` answer, in characters; it comes without pauses. */
const HUGE_PIECE = 16_384;

export async function answerCompletion(
  res: Response,
  request: ChatRequest,
  script: CompletionScript,
): Promise<ModelOutcome> {
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  const plan = planFor(request, script, gone.signal);
  if (request.stream) await streamCompletion(res, plan);
  else await sendWhole(res, plan);
  return outcomeOf(res, script.fault);
}

function planFor(request: ChatRequest, script: CompletionScript, gone: AbortSignal): StreamPlan {
  const asked = readPrompt(request);
  const prompt = request.messages.map(({ content }) => content).join("\n");
  const { spell } = script;
  const speak: Spell = (honest, facts) =>
    spell === undefined ? honest : obeyPayload(honest, facts, prompt, spell.payload, spell.obedience);
  const text = writeAnswer(asked?.facts ?? [], script.seed, script.fault, speak, asked?.task);
  const huge = script.fault === "huge";
  return {
    head: headFor(request, script),
    tokens: huge ? cutEvenly(text, HUGE_PIECE) : cutIntoTokens(text, seededRandom(script.seed)),
    usage: usageOf(countTokens(prompt), countTokens(text)),
    fault: script.fault,
    includeUsage: request.stream_options?.include_usage === true,
    chunkDelayMs: huge ? 0 : script.chunkDelayMs,
    gone,
  };
}

function headFor(request: ChatRequest, script: CompletionScript): CompletionHead {
  const created = Math.floor(Date.now() / 1000);
  return { id: `chatcmpl-${script.seed}-${script.index}`, model: request.model, created };
}

function cutEvenly(text: string, size: number): readonly string[] {
  const count = Math.ceil(text.length / size);
  return Array.from({ length: count }, (_, index) => text.slice(index * size, (index + 1) * size));
}

/** The same faults without a stream: a stalled one never answers, a reset one closes the socket. */
async function sendWhole(res: Response, plan: StreamPlan): Promise<void> {
  const { fault, gone } = plan;
  if (fault === "stall-start" || fault === "stall-mid") {
    await new Promise<void>((resolve) => gone.addEventListener("abort", () => resolve(), { once: true }));
    return;
  }
  if (fault === "reset-start" || fault === "reset-mid") {
    res.socket?.resetAndDestroy();
    return;
  }
  const { content, finish } = cutWhole(plan);
  res.json(wholeCompletion(plan.head, content, finish, fault === "no-usage" ? undefined : plan.usage));
}

function cutWhole({ tokens, fault }: StreamPlan): { content: string; finish: FinishReason } {
  const half = tokens.slice(0, Math.floor(tokens.length / 2)).join("");
  if (fault === "length") return { content: half, finish: "length" };
  if (fault === "content-filter") return { content: half, finish: "content_filter" };
  return { content: tokens.join(""), finish: "stop" };
}

function outcomeOf(res: Response, fault: ModelFault | undefined): ModelOutcome {
  if (fault === "reset-start" || fault === "reset-mid") return "broken-off";
  if (!res.writableEnded) return "aborted";
  const broken = fault === "truncated" || fault === "malformed-sse" || fault === "error-mid";
  return broken ? "broken-off" : "completed";
}
