/** Rate limit of an endpoint by the generic cell rate algorithm: one number to keep, so that it survives a change of hands. */

export interface PaceSettings {
  readonly perSecond: number;
  /** Requests that may go at once after a quiet time. */
  readonly burst: number;
}

/**
 * Milliseconds until the next request may go; 0 means now.
 * @param theoreticalMs when the next request would be due had all come evenly; 0 at first
 */
export function paceDelayMs(theoreticalMs: number, nowMs: number, settings: PaceSettings): number {
  const intervalMs = 1000 / settings.perSecond;
  return Math.max(0, theoreticalMs - nowMs - (settings.burst - 1) * intervalMs);
}

/** The theoretical time after one more request at `nowMs`. */
export function paceAfter(theoreticalMs: number, nowMs: number, settings: PaceSettings): number {
  return Math.max(theoreticalMs, nowMs) + 1000 / settings.perSecond;
}
