/**
 * The Responses API in background mode: the answer is made while nobody waits, and fetched by its id. The provider keeps the
 * request for some minutes for this, `store: false` notwithstanding: a hospital chooses that by naming this provider.
 */
import { z } from "zod";
import { createPatientProvider } from "../call/patient-provider.ts";
import { ModelFailure } from "../failure.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "../provider.ts";
import { sampling } from "../provider.ts";
import type { Caller, Pace } from "./poll.ts";
import { answerInBackground, call, parsed } from "./poll.ts";

export interface BackgroundOptions {
  /** Ends before `/responses` or `/messages`: `https://api.provider.example/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
  readonly totalTimeoutMs: number;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
  readonly pace?: Pace;
}

/** An answer that is whole. */
export interface WholeAnswer {
  readonly text: string;
  readonly completion: ModelCompletion;
}

export const defaultPace: Pace = { firstMs: 1_000, mostMs: 15_000 };

const responseShape = z.object({
  id: z.string().min(1),
  status: z.string(),
  model: z.string().nullish(),
  output: z
    .array(
      z.object({
        type: z.string(),
        content: z.array(z.object({ type: z.string(), text: z.string().nullish() })).nullish(),
      }),
    )
    .nullish(),
  usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }).nullish(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
});

type BackgroundResponse = z.infer<typeof responseShape>;

function responseIn(text: string): BackgroundResponse {
  const response = responseShape.safeParse(parsed(text));
  if (!response.success) throw new ModelFailure("malformed", "a response has another shape");
  return response.data;
}

function requestBody(prompt: ModelPrompt, model: string): object {
  return {
    model,
    instructions: prompt.system,
    input: prompt.user,
    text: { format: { type: "json_schema", name: "sentences", strict: true, schema: prompt.schema } },
    background: true,
    store: false,
    temperature: sampling.temperature,
    max_output_tokens: prompt.maxOutputTokens,
  };
}

function answerOf(response: BackgroundResponse, model: string): WholeAnswer | "pending" | "gone" {
  const { status, output, usage } = response;
  if (status === "queued" || status === "in_progress") return "pending";
  if (status === "cancelled") return "gone";
  if (status === "incomplete") {
    const long = response.incomplete_details?.reason === "max_output_tokens";
    throw new ModelFailure(long ? "too-long" : "withheld", "the response is incomplete");
  }
  if (status !== "completed") throw new ModelFailure("refused", "the response failed");
  const parts = (output ?? []).flatMap(({ content }) => content ?? []);
  const text = parts.map((part) => (part.type === "output_text" ? (part.text ?? "") : "")).join("");
  const counted = usage === null || usage === undefined ? {} : { usage: usageOf(usage) };
  return { text, completion: { model: response.model ?? model, ...counted } };
}

const usageOf = (usage: { readonly input_tokens: number; readonly output_tokens: number }) => ({
  inputTokens: usage.input_tokens,
  outputTokens: usage.output_tokens,
});

/** True for what a look at vanished work throws: it is past its keeping. */
export const isGone = (error: unknown): boolean =>
  error instanceof ModelFailure && /status (?:404|410)\b/u.test(error.detail ?? "");

/** A provider of whole answers, with one limit of time. */
export function wholeAnswers(
  provider: string,
  { model, totalTimeoutMs }: BackgroundOptions,
  ask: (prompt: ModelPrompt) => Promise<WholeAnswer>,
): ModelProvider {
  const once: ModelProvider = {
    provider,
    model,
    async *stream(prompt) {
      const { text, completion } = await ask(prompt);
      yield text;
      return completion;
    },
  };
  const timeouts = { firstChunkTimeoutMs: totalTimeoutMs, chunkTimeoutMs: totalTimeoutMs, totalTimeoutMs };
  return createPatientProvider(once, { timeouts });
}

export function createOpenAiBackgroundProvider(options: BackgroundOptions): ModelProvider {
  const { model, apiKey, pace = defaultPace } = options;
  const url = `${options.baseUrl.replace(/\/+$/u, "")}/responses`;
  const caller: Caller = {
    credentials: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    fetch: options.fetch ?? fetch,
    now: options.now ?? Date.now,
  };
  return wholeAnswers("openai-background", options, (prompt) => {
    const at = (id: string): string => `${url}/${encodeURIComponent(id)}`;
    return answerInBackground<WholeAnswer>(
      {
        start: async () => responseIn(await call(caller, "POST", url, prompt.signal, requestBody(prompt, model))).id,
        look: async (id) => {
          try {
            return answerOf(responseIn(await call(caller, "GET", at(id), prompt.signal)), model);
          } catch (error) {
            if (isGone(error)) return "gone";
            throw error;
          }
        },
        // The prompt's own signal has fired by then.
        cancel: async (id) => void (await call(caller, "POST", `${at(id)}/cancel`, AbortSignal.timeout(5_000))),
      },
      prompt,
      pace,
    );
  });
}
