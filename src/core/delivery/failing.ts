/**
 * When an endpoint that only fails is given up: by time, not by a count, because a busy endpoint fails a hundred times in a
 * minute's restart and a quiet one twice in a week.
 */
import type { CircuitSignal } from "../breaker/circuit.ts";

/** An unbroken run of failures. */
export interface Failing {
  /** The first failure, milliseconds since 1970. */
  readonly sinceMs: number;
  /** The last one. */
  readonly lastMs: number;
  /** The highest share of the limit that somebody was told of, in percent; 0 for none. */
  readonly warned: number;
}

/** Shares of the limit, in percent, at which somebody is warned. */
export const warnings = [50, 70, 90] as const;

/** A day without any attempt tells nothing of that day: the run begins anew. Longer than two retries lie apart. */
const gapMs = 24 * 60 * 60 * 1000;

/** The run after one attempt. What says nothing of the endpoint's health neither ends nor lengthens it. */
export function afterAttempt(failing: Failing | undefined, signal: CircuitSignal, nowMs: number): Failing | undefined {
  if (signal === "neutral") return failing;
  if (signal === "success") return undefined;
  if (failing === undefined || nowMs - failing.lastMs > gapMs) return { sinceMs: nowMs, lastMs: nowMs, warned: 0 };
  return { ...failing, lastMs: Math.max(failing.lastMs, nowMs) };
}

export type FailingVerdict =
  | { readonly kind: "none" }
  | { readonly kind: "warn"; readonly percent: number }
  | { readonly kind: "disable" };

/**
 * What a run of failures calls for. It is measured between two failures: time in which nothing was tried disables nobody.
 * @param limitMs how long an endpoint may fail without one success; 0 for ever
 */
export function verdictOf(failing: Failing | undefined, limitMs: number): FailingVerdict {
  if (failing === undefined || limitMs <= 0) return { kind: "none" };
  const percent = (100 * (failing.lastMs - failing.sinceMs)) / limitMs;
  if (percent >= 100) return { kind: "disable" };
  const due = warnings.findLast((warning) => percent >= warning && warning > failing.warned);
  return due === undefined ? { kind: "none" } : { kind: "warn", percent: due };
}
