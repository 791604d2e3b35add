/**
 * Message batches: one request in a batch of its own, cheaper and slower, fetched when the batch has ended. The provider
 * keeps requests and results for as long as it says: a hospital chooses that by naming this provider.
 */
import { z } from "zod";
import { ModelFailure } from "../failure.ts";
import type { ModelPrompt, ModelProvider } from "../provider.ts";
import { sampling } from "../provider.ts";
import type { BackgroundOptions, WholeAnswer } from "./openai-background.ts";
import { defaultPace, isGone, wholeAnswers } from "./openai-background.ts";
import type { Caller } from "./poll.ts";
import { answerInBackground, call, parsed } from "./poll.ts";

const batchShape = z.object({
  id: z.string().min(1),
  processing_status: z.string(),
  results_url: z.string().nullish(),
});

const resultShape = z.object({
  custom_id: z.string(),
  result: z.object({
    type: z.string(),
    message: z
      .object({
        model: z.string().nullish(),
        content: z.array(z.object({ type: z.string(), text: z.string().nullish() })),
        stop_reason: z.string().nullish(),
        usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }).nullish(),
      })
      .nullish(),
  }),
});

const customId = "draft";

function shapeOf<T>(schema: z.ZodType<T>, text: string): T {
  const found = schema.safeParse(parsed(text));
  if (!found.success) throw new ModelFailure("malformed", "an answer has another shape");
  return found.data;
}

function requestBody(prompt: ModelPrompt, model: string): object {
  const params = {
    model,
    max_tokens: prompt.maxOutputTokens,
    temperature: sampling.temperature,
    system: prompt.system,
    messages: [{ role: "user", content: prompt.user }],
    output_config: { format: { type: "json_schema", schema: prompt.schema } },
  };
  return { requests: [{ custom_id: customId, params }] };
}

/** Results come in any order; ours is found by its id. */
function answerIn(lines: string, model: string): WholeAnswer | "gone" {
  const results = lines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => shapeOf(resultShape, line));
  const { type, message } = results.find(({ custom_id: id }) => id === customId)?.result ?? { type: "expired" };
  if (type === "expired" || type === "canceled") return "gone";
  if (type !== "succeeded" || message === null || message === undefined)
    throw new ModelFailure("refused", "the batch's request failed");
  if (message.stop_reason === "max_tokens") throw new ModelFailure("too-long", "stop reason max_tokens");
  if (message.stop_reason !== "end_turn") throw new ModelFailure("withheld", "another stop reason than end_turn");
  const { usage } = message;
  const counted =
    usage === null || usage === undefined
      ? {}
      : { usage: { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens } };
  return {
    text: message.content.map((part) => (part.type === "text" ? (part.text ?? "") : "")).join(""),
    completion: { model: message.model ?? model, ...counted },
  };
}

/** The key goes to the provider's own address only, whatever an answer names. */
function sameOrigin(url: string, base: string): string {
  if (!URL.canParse(url) || new URL(url).origin !== new URL(base).origin)
    throw new ModelFailure("malformed", "results at another origin");
  return url;
}

export function createAnthropicBatchesProvider(options: BackgroundOptions): ModelProvider {
  const { model, apiKey, pace = defaultPace } = options;
  const url = `${options.baseUrl.replace(/\/+$/u, "")}/messages/batches`;
  const caller: Caller = {
    credentials: { "anthropic-version": "2023-06-01", ...(apiKey === undefined ? {} : { "x-api-key": apiKey }) },
    fetch: options.fetch ?? fetch,
    now: options.now ?? Date.now,
  };
  return wholeAnswers("anthropic-batches", options, (prompt) => {
    const at = (id: string): string => `${url}/${encodeURIComponent(id)}`;
    const look = async (id: string): Promise<WholeAnswer | "pending" | "gone"> => {
      const batch = shapeOf(batchShape, await call(caller, "GET", at(id), prompt.signal));
      if (batch.processing_status !== "ended") return "pending";
      const results = sameOrigin(batch.results_url ?? `${at(id)}/results`, url);
      return answerIn(await call(caller, "GET", results, prompt.signal), model);
    };
    return answerInBackground<WholeAnswer>(
      {
        start: async () =>
          shapeOf(batchShape, await call(caller, "POST", url, prompt.signal, requestBody(prompt, model))).id,
        look: (id) =>
          look(id).catch((error: unknown) => {
            if (isGone(error)) return "gone";
            throw error;
          }),
        cancel: async (id) => void (await call(caller, "POST", `${at(id)}/cancel`, AbortSignal.timeout(5_000))),
      },
      prompt,
      pace,
    );
  });
}
