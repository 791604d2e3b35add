/** The objects of the chat completions API: the whole answer, and its chunks. */

export type FinishReason = "stop" | "length" | "content_filter";

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export interface CompletionHead {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
}

export function usageOf(promptTokens: number, completionTokens: number): Usage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

export function wholeCompletion(head: CompletionHead, content: string, finish: FinishReason, usage: Usage | undefined) {
  const message = { role: "assistant", content, refusal: null };
  return {
    ...head,
    object: "chat.completion",
    choices: [{ index: 0, message, finish_reason: finish, logprobs: null }],
    ...(usage === undefined ? {} : { usage }),
  };
}

export function roleChunk(head: CompletionHead) {
  return chunk(head, { role: "assistant", content: "" }, null);
}

export function contentChunk(head: CompletionHead, content: string) {
  return chunk(head, { content }, null);
}

export function finishChunk(head: CompletionHead, finish: FinishReason) {
  return chunk(head, {}, finish);
}

/** The last chunk when `stream_options.include_usage` was asked for: no choices, only the count. */
export function usageChunk(head: CompletionHead, usage: Usage) {
  return { ...head, object: "chat.completion.chunk", choices: [], usage };
}

function chunk(head: CompletionHead, delta: Record<string, string>, finish: FinishReason | null) {
  return {
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
  };
}
