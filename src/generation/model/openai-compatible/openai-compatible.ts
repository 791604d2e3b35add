/**
 * Provider for every server that speaks the OpenAI chat completions API (OpenAI, Azure, vLLM, Ollama, llama.cpp). Our own
 * few lines rather than a client library: those end a cut-off stream without an error, or put the prompt into theirs.
 */
import type { EventSourceMessage } from "eventsource-parser";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { AdapterError } from "../../../core/errors.ts";
import type { ModelTimeouts } from "../call/deadline.ts";
import type { RetryLimits } from "../call/patient-provider.ts";
import { createPatientProvider } from "../call/patient-provider.ts";
import { ModelFailure } from "../failure.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "../provider.ts";
import type { Usage } from "../../summary-generator.ts";
import { parseChunk, requireStop } from "./chunk.ts";
import type { Chunk } from "./chunk.ts";
import type { Connection } from "./send.ts";
import { sendPrompt } from "./send.ts";

export interface OpenAiCompatibleOptions {
  /** Ends before `/chat/completions`: `https://model.example/v1`; a query (`?api-version=...`) stays behind the path. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
  /** How the key is shown: `Authorization: Bearer` (default), or `api-key`, as Azure's keys are. */
  readonly keyHeader?: "authorization" | "api-key";
  readonly timeouts: ModelTimeouts;
  readonly retry?: RetryLimits;
  /** Checked fetch of the outbound wall; it must not follow redirects. */
  readonly fetch?: typeof fetch;
  readonly random?: () => number;
  readonly now?: () => number;
}

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
  if (state.characters > longestAnswer) throw new ModelFailure("malformed", "the answer is too long");
  return text;
}

function messagesOf(body: ReadableStream<Uint8Array>): ReadableStream<EventSourceMessage> {
  return body
    .pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: longestEvent }));
}

async function* readText(body: ReadableStream<Uint8Array>, state: StreamState): AsyncGenerator<string> {
  for await (const { data } of messagesOf(body)) {
    if (data === "[DONE]") return;
    const text = take(parseChunk(data), state);
    // Role chunks, usage and keep-alives are no progress.
    if (text !== "") yield text;
  }
}

async function* streamAnswer(prompt: ModelPrompt, connection: Connection): AsyncGenerator<string, ModelCompletion> {
  const response = await sendPrompt(prompt, connection);
  const state: StreamState = { characters: 0, finish: undefined, usage: undefined, model: connection.model };
  try {
    if (response.body !== null) yield* readText(response.body, state);
  } catch (error) {
    if (error instanceof AdapterError || prompt.signal.aborted) throw error;
    throw new ModelFailure("cut-off", "the connection broke in mid-stream");
  }
  requireStop(state.finish);
  return { model: state.model, ...(state.usage === undefined ? {} : { usage: state.usage }) };
}

function endpointOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/u, "")}/chat/completions`;
  return url.href;
}

function credentialsOf({ apiKey, keyHeader = "authorization" }: OpenAiCompatibleOptions): Connection["credentials"] {
  if (apiKey === undefined) return {};
  return { [keyHeader]: keyHeader === "authorization" ? `Bearer ${apiKey}` : apiKey };
}

/** A provider bound to one server and model. Holds no chart data between calls. */
export function createOpenAiCompatibleProvider(options: OpenAiCompatibleOptions): ModelProvider {
  const connection: Connection = {
    url: endpointOf(options.baseUrl),
    model: options.model,
    credentials: credentialsOf(options),
    fetch: options.fetch ?? fetch,
    now: options.now ?? Date.now,
    format: "json_schema",
  };
  const once: ModelProvider = {
    provider: "openai-compatible",
    model: options.model,
    stream: (prompt) => streamAnswer(prompt, connection),
  };
  return createPatientProvider(once, options);
}
