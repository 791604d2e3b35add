/** The small port through which the model engine sees a language model. */
import type { Usage } from "../summary-generator.ts";

export interface ModelPrompt {
  /** Standing instruction; holds nothing of the chart. */
  readonly system: string;
  /** The chart's facts as data. */
  readonly user: string;
  /** JSON Schema that the answer must satisfy. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly maxOutputTokens: number;
  /** Aborts the call, down to the socket. */
  readonly signal: AbortSignal;
  /** Opaque id for the provider's logs. */
  readonly requestId: string;
}

export interface ModelCompletion {
  /** The model that answered, as the provider names it. */
  readonly model: string;
  /** Absent where the provider does not count. */
  readonly usage?: Usage;
}

/**
 * Streams one answer: yields its text in pieces, returns when the provider has said that it is finished. Throws
 * AdapterError `model_failed`, `model_timeout` or `model_truncated`; when `signal` aborts, the signal's reason. An answer
 * that merely stops is an error, never a short answer.
 */
export interface ModelProvider {
  readonly model: string;
  stream(prompt: ModelPrompt): AsyncGenerator<string, ModelCompletion>;
}
