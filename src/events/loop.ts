/** A loop that turns when woken and, as a backstop for lost hints, at every poll; never twice at once. */
import { setTimeout as delay } from "node:timers/promises";

export interface LoopOptions {
  /** Does what is due. Returns true when there may be more at once. */
  readonly turn: (signal: AbortSignal) => Promise<boolean>;
  readonly pollMs: number;
  /** A turn that throws is told here and tried again at the next poll. */
  readonly onError: (error: unknown) => void;
}

export interface Loop {
  wake(): void;
  /** Aborts the turn's signal and resolves when the turn under way has ended. */
  stop(): Promise<void>;
}

/** Starts turning at once. */
export function startLoop(options: LoopOptions): Loop {
  const stopped = new AbortController();
  let rest = new AbortController();
  let woken = true;

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      if (!woken) {
        rest = new AbortController();
        const signal = AbortSignal.any([stopped.signal, rest.signal]);
        await delay(options.pollMs, undefined, { signal }).catch(() => undefined);
        if (stopped.signal.aborted) return;
      }
      woken = false;
      try {
        woken = (await options.turn(stopped.signal)) || woken;
      } catch (error) {
        options.onError(error);
      }
    }
  }

  const running = run();
  return {
    wake() {
      woken = true;
      rest.abort();
    },
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
