/** How late this process is with everything it does: requests that it has not read yet wait at least as long. */

export interface LoopLag {
  /** Milliseconds by which the loop was late last, or is late now. */
  ms(): number;
}

const EVERY_MS = 50;

/**
 * Watches the loop by a timer that does not keep the process alive.
 * @param now milliseconds; monotonic
 */
export function watchLoop(now: () => number = () => performance.now()): LoopLag {
  let tickedAtMs = now();
  let lastMs = 0;
  setInterval(() => {
    const lateMs = Math.max(0, now() - tickedAtMs - EVERY_MS);
    // One good turn among many bad ones is no recovery.
    lastMs = Math.max(lateMs, lastMs / 2);
    tickedAtMs = now();
  }, EVERY_MS).unref();
  return { ms: () => Math.max(lastMs, now() - tickedAtMs - EVERY_MS) };
}
