/**
 * Slowing down for a receiver that says it cannot keep up (429) or whose gateway says so for it (502, 504): halve at each such
 * answer, come back in a straight line. Halving fast and recovering slowly is what lets many senders share one receiver.
 */

/** How far an endpoint is slowed down. */
export interface Throttle {
  /** Of its concurrency and rate, what is used at `atMs`: from the least share to 1. */
  readonly share: number;
  /** When it was slowed last, milliseconds since 1970. */
  readonly atMs: number;
}

export const unthrottled: Throttle = { share: 1, atMs: 0 };

/** Never to nothing: somebody has to find out that it is better. */
const leastShare = 1 / 32;

/** From nothing to the whole. */
const recoveryMs = 60_000;

/** The share of concurrency and rate that may be used at `nowMs`. */
export function shareAt({ share, atMs }: Throttle, nowMs: number): number {
  if (share >= 1) return 1;
  return Math.min(1, share + Math.max(0, nowMs - atMs) / recoveryMs);
}

/**
 * After an answer that asks to go slower. Answers to what was sent before the last slowing tell nothing new: a burst of a
 * hundred refusals is one sign, not a hundred.
 * @param sentAtMs when the request was sent that was answered so
 */
export function slowed(throttle: Throttle, sentAtMs: number, nowMs: number): Throttle {
  if (throttle.atMs > 0 && sentAtMs <= throttle.atMs) return throttle;
  return { share: Math.max(leastShare, shareAt(throttle, nowMs) / 2), atMs: nowMs };
}
