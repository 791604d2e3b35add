/**
 * Provider for every server that speaks the OpenAI chat completions API (OpenAI, Azure, vLLM, Ollama, llama.cpp). Our own
 * few lines rather than a client library: those end a cut-off stream without an error, or put the prompt into theirs.
 */
import type { EventSourceMessage } from "eventsource-parser";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { AdapterError } from "../../../core/errors.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "../provider.ts";
import type { Usage } from "../../summary-generator.ts";
import { parseChunk, requireStop } from "./chunk.ts";
import type { Chunk } from "./chunk.ts";
import type { Deadline, ModelTimeouts } from "./deadline.ts";
import { startDeadline } from "./deadline.ts";
import type { Connection, RetryLimits } from "./send.ts";
import { sendPrompt } from "./send.ts";

export interface OpenAiCompatibleOptions {
  /** Ends before `/chat/completions`: `https://model.example/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
  readonly timeouts: ModelTimeouts;
  readonly retry?: RetryLimits;
  readonly seed?: number;
  /** Checked fetch of the outbound wall; it must not follow redirects. */
  readonly fetch?: typeof fetch;
  readonly random?: () => number;
  readonly now?: () => number;
}

const defaultRetry: RetryLimits = { retries: 2, baseMs: 500, maxPauseMs: 10_000 };
/** A hospital course is a page; a hundred times that is a fault, whatever it says. */
const longestAnswer = 400_000;
const longestEvent = 1_000_000;

function usageOf({ usage }: Chunk): Usage | undefined {
  if (usage === null || usage === undefined) return undefined;
  return { inputTokens: usage.prompt_tokens ?? 0, outputTokens: usage.completion_tokens ?? 0 };
}

interface StreamState {
  characters: number;
  finish: string | undefined;
  usage: Usage | undefined;
  model: string;
}

function take(chunk: Chunk, state: StreamState): string {
  const choice = chunk.choices?.[0];
  const text = choice?.delta?.content ?? "";
  state.characters += text.length;
  state.finish = choice?.finish_reason ?? state.finish;
  state.usage = usageOf(chunk) ?? state.usage;
  state.model = chunk.model ?? state.model;
  if (state.characters > longestAnswer) throw new AdapterError("model_failed", { detail: "the answer is too long" });
  return text;
}

function messagesOf(body: ReadableStream<Uint8Array>): ReadableStream<EventSourceMessage> {
  return body
    .pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: longestEvent }));
}

async function* readText(
  body: ReadableStream<Uint8Array>,
  deadline: Deadline,
  state: StreamState,
): AsyncGenerator<string> {
  for await (const { data } of messagesOf(body)) {
    if (data === "[DONE]") return;
    const text = take(parseChunk(data), state);
    // Role chunks, usage and keep-alives are no progress.
    if (text === "") continue;
    deadline.progressed();
    yield text;
  }
}

/** What broke the stream: our own limit or the caller's abort if one of them fired, else the provider. */
function reasonOf(error: unknown, deadline: Deadline): unknown {
  if (deadline.signal.aborted) return deadline.signal.reason;
  if (error instanceof AdapterError) return error;
  return new AdapterError("model_truncated", { detail: "the connection broke in mid-stream" });
}

async function* streamAnswer(
  prompt: ModelPrompt,
  connection: Connection,
  deadline: Deadline,
): AsyncGenerator<string, ModelCompletion> {
  const response = await sendPrompt(prompt, connection, deadline);
  const state: StreamState = { characters: 0, finish: undefined, usage: undefined, model: connection.model };
  if (response.body !== null) yield* readText(response.body, deadline, state);
  requireStop(state.finish);
  return { model: state.model, ...(state.usage === undefined ? {} : { usage: state.usage }) };
}

/** A provider bound to one server and model. Holds no chart data between calls. */
export function createOpenAiCompatibleProvider(options: OpenAiCompatibleOptions): ModelProvider {
  const connection: Connection = {
    url: `${options.baseUrl.replace(/\/+$/u, "")}/chat/completions`,
    model: options.model,
    apiKey: options.apiKey,
    seed: options.seed ?? 7,
    fetch: options.fetch ?? fetch,
    retry: options.retry ?? defaultRetry,
    random: options.random ?? Math.random,
    now: options.now ?? Date.now,
    format: "json_schema",
  };
  return {
    model: options.model,
    async *stream(prompt) {
      using deadline = startDeadline(options.timeouts, prompt.signal);
      try {
        return yield* streamAnswer(prompt, connection, deadline);
      } catch (error) {
        throw reasonOf(error, deadline);
      } finally {
        // Also when the reader stops early: the provider must stop writing, and we must stop paying.
        deadline.abandon();
      }
    },
  };
}
