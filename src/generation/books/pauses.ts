/** Pauses between looks at work in the background, cut short when its provider says that it has ended. */
import { setTimeout as sleep } from "node:timers/promises";
import type { WakeUp } from "../../events/event-log.ts";

export interface Pauses {
  /** Resolves after so long, or when `key` is told of; rejects when the signal aborts. */
  wait(key: string, waitMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

export function createPauses(wakeUp: Pick<WakeUp, "subscribe">): Pauses {
  const waiting = new Map<string, AbortController>();
  const unsubscribe = wakeUp.subscribe("answer", (keys) => {
    for (const key of keys) waiting.get(key)?.abort();
  });
  return {
    async wait(key, waitMs, signal) {
      const told = new AbortController();
      waiting.set(key, told);
      try {
        await sleep(waitMs, undefined, { signal: AbortSignal.any([signal, told.signal]) });
      } catch {
        signal.throwIfAborted();
      } finally {
        if (waiting.get(key) === told) waiting.delete(key);
      }
    },
    close: unsubscribe,
  };
}
