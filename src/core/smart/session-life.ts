/** How long a browser session lives. */

export interface SessionTimes {
  readonly activeAtMs: number;
  readonly expiresAtMs: number;
  readonly endedAtMs?: number | undefined;
}

/** Without any act of the user for this long, a session is over: wards share workstations. */
export const idleTimeoutMs = 30 * 60_000;
/** However busy the user is, a session ends after this long and the EHR is asked anew who it is. */
export const absoluteTimeoutMs = 12 * 3_600_000;

export function isAlive(times: SessionTimes, nowMs: number): boolean {
  if (times.endedAtMs !== undefined) return false;
  return nowMs < times.expiresAtMs && nowMs < times.activeAtMs + idleTimeoutMs;
}
