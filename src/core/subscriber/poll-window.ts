/** Polling by `_lastUpdated`: from where to ask, and how far one may go on after an answer. All times are the EHR's own. */

/** What was written while the last answer was made may bear an earlier stamp: so much is asked for again. */
export const overlapMs = 120_000;

export interface PolledResource {
  readonly lastUpdated: string | undefined;
}

/** RFC 3339, for `_lastUpdated=ge`. */
export function askFrom(cursorMs: number): string {
  return new Date(cursorMs - overlapMs).toISOString();
}

/**
 * Where the next poll begins: at the newest stamp that was seen. An answer that was cut off counts only as far as it is in
 * order: beyond its last resource nothing is known. Our own clock never moves the cursor on, for the EHR's may be behind; it
 * holds it back, for one record with a stamp of the year 2099 would end all polling.
 *
 * @param nowMs our own clock
 */
export function advance(cursorMs: number, found: readonly PolledResource[], complete: boolean, nowMs: number): number {
  return Math.min(nowMs, newest(cursorMs, found, complete));
}

function newest(cursorMs: number, found: readonly PolledResource[], complete: boolean): number {
  const stamps = found.map(({ lastUpdated }) => Date.parse(lastUpdated ?? "")).filter((time) => !Number.isNaN(time));
  if (stamps.length === 0) return cursorMs;
  const ordered = stamps.every((time, index) => index === 0 || time >= (stamps[index - 1] ?? 0));
  if (complete || ordered) return Math.max(cursorMs, ...stamps);
  return cursorMs;
}

/** Whether an answer that was cut off leaves the cursor where it was: the same question would never get further. */
export function isStuck(cursorMs: number, nextMs: number, complete: boolean): boolean {
  return !complete && nextMs - cursorMs < overlapMs;
}
