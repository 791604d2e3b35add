/** One call made to hold: time limits around it, and another try for what passes by itself. */
import { setTimeout as sleep } from "node:timers/promises";
import { AdapterError } from "../../../core/errors.ts";
import { ModelFailure } from "../failure.ts";
import type { ModelCompletion, ModelPrompt, ModelProvider } from "../provider.ts";
import type { Deadline, ModelTimeouts } from "./deadline.ts";
import { startDeadline } from "./deadline.ts";

export interface RetryLimits {
  /** Repeats after the first attempt. */
  readonly retries: number;
  /** First pause; doubles with each repeat, with full jitter. */
  readonly baseMs: number;
  /** No pause is longer, whatever Retry-After asks; a longer one ends the call. */
  readonly maxPauseMs: number;
}

export interface PatienceOptions {
  readonly timeouts: ModelTimeouts;
  readonly retry?: RetryLimits;
  /** 0 to 1, for the jitter. */
  readonly random?: () => number;
}

const defaultRetry: RetryLimits = { retries: 2, baseMs: 500, maxPauseMs: 10_000 };

/** What broke the call: our own limit or the caller's abort if one of them fired, else the provider. */
function reasonOf(error: unknown, { signal }: Deadline): unknown {
  if (signal.aborted) return signal.reason;
  // Whatever a client library threw may carry the request: it ends here.
  return error instanceof AdapterError ? error : new ModelFailure("malformed", "the client failed");
}

/** Milliseconds until the next try; undefined where there is to be none. */
function pauseBefore(error: unknown, attempt: number, retry: RetryLimits, random: () => number): number | undefined {
  if (!(error instanceof ModelFailure) || !error.passes || attempt >= retry.retries) return undefined;
  const pause = error.afterMs ?? Math.min(retry.maxPauseMs, retry.baseMs * 2 ** attempt) * random();
  return pause > retry.maxPauseMs ? undefined : pause;
}

async function* attemptOnce(
  provider: ModelProvider,
  prompt: ModelPrompt,
  deadline: Deadline,
  onText: () => void,
): AsyncGenerator<string, ModelCompletion> {
  deadline.sent();
  const answer = provider.stream({ ...prompt, signal: deadline.signal });
  try {
    for (;;) {
      const next = await answer.next();
      if (next.done === true) return next.value;
      deadline.progressed();
      onText();
      yield next.value;
    }
  } finally {
    void answer.return({ model: provider.model }).catch(() => undefined);
  }
}

/**
 * `once` with limits and retries. A call is sent again only while nothing of its answer was handed on: text that somebody
 * has seen is taken back by the reader, who may then ask another model.
 */
export function createPatientProvider(once: ModelProvider, options: PatienceOptions): ModelProvider {
  const retry = options.retry ?? defaultRetry;
  const random = options.random ?? Math.random;
  return {
    provider: once.provider,
    model: once.model,
    async *stream(prompt) {
      const left = options.timeouts.totalTimeoutMs - (prompt.usedMs ?? 0);
      if (left <= 0) throw new AdapterError("model_timeout", { detail: "no time is left for a second try" });
      using deadline = startDeadline({ ...options.timeouts, totalTimeoutMs: left }, prompt.signal);
      try {
        for (let attempt = 0; ; attempt += 1) {
          deadline.signal.throwIfAborted();
          let begun = false;
          try {
            return yield* attemptOnce(once, prompt, deadline, () => {
              begun = true;
            });
          } catch (error) {
            const pauseMs = begun || deadline.signal.aborted ? undefined : pauseBefore(error, attempt, retry, random);
            if (pauseMs === undefined) throw error;
            deadline.pausing();
            await sleep(pauseMs, undefined, { signal: deadline.signal }).catch(() => undefined);
          }
        }
      } catch (error) {
        throw reasonOf(error, deadline);
      } finally {
        // Also when the reader stops early: the provider must stop writing, and we must stop paying.
        deadline.abandon();
      }
    },
  };
}
