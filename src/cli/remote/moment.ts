/** Moments as people type them: a time, or how long ago. */
import { usageError } from "./failure.ts";

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param text RFC 3339, or `90s`, `30m`, `6h`, `2d`: so long before `nowMs`
 * @returns RFC 3339, UTC
 * @throws RemoteFailure (usage) for anything else
 */
export function parseMoment(text: string, nowMs: number): string {
  const [, count, unit] = /^(\d{1,6})([smhd])$/u.exec(text) ?? [];
  if (count !== undefined && unit !== undefined)
    return new Date(nowMs - Number(count) * (unitMs[unit] ?? 0)).toISOString();
  const atMs = /^\d{4}-\d{2}-\d{2}T/u.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs))
    throw usageError("A time is written as 2026-03-17T22:00:00Z, or as how long ago: 30m, 6h, 2d.");
  return new Date(atMs).toISOString();
}
