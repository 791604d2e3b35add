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
  /** What an earlier call for the same words took: it counts against the limit of the whole call. */
  readonly usedMs?: number;
  /** For providers that work while nobody waits: what they were told is kept, so that a repeat after a crash asks for it. */
  readonly handle?: CallHandle;
}

/** The provider's own id of a call that goes on without us. */
export interface CallHandle {
  /** From an earlier attempt at the same call; undefined where there was none. */
  readonly earlier: string | undefined;
  /** Keeps it, before anything is awaited. */
  keep(id: string): Promise<void>;
  /** Waits so long, or until somebody says that the work has ended. Rejects when the signal aborts. */
  pause(id: string, waitMs: number, signal: AbortSignal): Promise<void>;
}

export interface ModelCompletion {
  /** The model that answered, as the provider names it. */
  readonly model: string;
  /** Absent where the provider does not count. */
  readonly usage?: Usage;
}

/**
 * Streams one answer: yields its text in pieces, returns when the provider has said that it is finished. Throws
 * ModelFailure, or AdapterError `model_timeout`; when `signal` aborts, the signal's reason. An answer that merely stops is
 * an error, never a short answer.
 */
export interface ModelProvider {
  /** Whose interface it speaks: `openai-compatible`, `anthropic` ... */
  readonly provider: string;
  readonly model: string;
  stream(prompt: ModelPrompt): AsyncGenerator<string, ModelCompletion>;
}

/** As repeatable as a model gets; stored with each summary. */
export const sampling = { temperature: 0, seed: 7 } as const;
