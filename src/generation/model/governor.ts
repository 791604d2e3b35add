/** Who may call a model now: the port behind which budgets, switches, limits and the books stand. */
import type { CallRecord } from "../summary-generator.ts";
import type { ModelPartId } from "./parts.ts";
import type { CallHandle, ModelPrompt, ModelProvider } from "./provider.ts";

/** A call that is about to be made. */
export interface ModelCall {
  readonly part: ModelPartId;
  readonly provider: string;
  readonly model: string;
  readonly promptHash: string;
  readonly prompt: Pick<ModelPrompt, "system" | "user" | "schema" | "maxOutputTokens">;
}

export interface Permit {
  /** Aborts when the model is switched off while it writes. */
  readonly signal: AbortSignal;
  /** The answer to the same request, from before: it is read instead of paid for again. */
  readonly cached?: ModelProvider;
  readonly handle?: CallHandle;
  /**
   * Ends the call, whatever became of it. Called exactly once; never throws.
   *
   * @param answer as it came, and whether it came whole
   */
  settle(call: CallRecord, answer: { readonly text: string; readonly whole: boolean }): Promise<void>;
}

export interface ModelGovernor {
  /**
   * Waits for a free place. Throws AdapterError `model_stopped`, `model_over_budget` or `model_busy` when the call must
   * not be made, and the signal's reason when it aborts.
   */
  admit(call: ModelCall, signal: AbortSignal): Promise<Permit>;
}

const never = new AbortController().signal;

/** Lets every call through and keeps no books: for evaluations and benchmarks, which nobody pays by the tenant. */
export const unlimited: ModelGovernor = {
  admit: async () => ({ signal: never, settle: async () => undefined }),
};
