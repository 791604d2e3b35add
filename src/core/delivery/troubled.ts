/** When somebody is told that an endpoint fails often: so many failures within so long, told once until it has calmed down. */
import type { CircuitSignal } from "../breaker/circuit.ts";

export interface TroubleSettings {
  readonly failures: number;
  readonly withinMs: number;
}

export const defaultTrouble: TroubleSettings = { failures: 5, withinMs: 10 * 60 * 1000 };

export interface Troubled {
  /** Times of the last failures, at most as many as count, oldest first. Milliseconds since 1970. */
  readonly failedAtMs: readonly number[];
  readonly told: boolean;
}

/** The state after one attempt; undefined: there is nothing to remember. Successes between failures forgive none of them. */
export function afterResult(
  troubled: Troubled | undefined,
  signal: CircuitSignal,
  nowMs: number,
  { failures, withinMs }: TroubleSettings,
): Troubled | undefined {
  if (troubled === undefined && signal !== "failure") return undefined;
  const before = (troubled?.failedAtMs ?? []).filter((atMs) => atMs > nowMs - withinMs);
  const failedAtMs = (signal === "failure" ? [...before, nowMs] : before).slice(-failures);
  if (failedAtMs.length === 0) return undefined;
  // Fewer than count: it has calmed down, and the next time is told anew.
  return { failedAtMs, told: troubled?.told === true && failedAtMs.length >= failures };
}

/** Whether somebody is to be told now. */
export function isTroubleNew(troubled: Troubled | undefined, { failures }: TroubleSettings): boolean {
  return troubled !== undefined && !troubled.told && troubled.failedAtMs.length >= failures;
}
