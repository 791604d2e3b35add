/** How fast a status may be asked for again: some questions at once, and one a second in the long run. */
import { AdapterError } from "../../core/errors.ts";

const AT_ONCE = 5;
const REFILL_MS = 1000;
/** Seconds, as each answer of an open job advises. */
const ADVISED_SECONDS = 2;
/** Status addresses remembered; what was asked for longest ago goes first. */
const MOST = 10_000;

export interface PollPace {
  /** @param name of who asks, and for what. Throws 429 where that comes too fast; such a question costs nothing further. */
  require(name: string): void;
}

interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

/** Of this replica alone: another one has its own count. `monotonicMs` is any clock that does not go back. */
export function createPollPace(monotonicMs: () => number): PollPace {
  const allowances = new Map<string, Allowance>();

  function leftOf(name: string, nowMs: number): number {
    const known = allowances.get(name);
    return known === undefined ? AT_ONCE : Math.min(AT_ONCE, known.left + (nowMs - known.atMs) / REFILL_MS);
  }

  return {
    require(name) {
      const nowMs = monotonicMs();
      const left = leftOf(name, nowMs);
      if (left < 1) {
        throw new AdapterError("throttled", {
          message: "The status is asked for too often: wait as long as Retry-After says.",
          retryAfterSeconds: ADVISED_SECONDS,
        });
      }
      allowances.delete(name);
      allowances.set(name, { left: left - 1, atMs: nowMs });
      for (const oldest of allowances.keys()) {
        if (allowances.size <= MOST) break;
        allowances.delete(oldest);
      }
    },
  };
}
