/** When a failed delivery is tried again. Randomness is an argument: the same number in gives the same delay out. */

/** Delays that grow by a factor, with a small jitter on top. */
export interface GrowingPolicy {
  readonly kind: "growing";
  /** Attempts in all, the first included. */
  readonly attempts: number;
  readonly baseSeconds: number;
  readonly factor: number;
  /** No delay is longer, jitter included. */
  readonly maxSeconds: number;
  /** Share of the delay that chance may add, 0 to 1. */
  readonly jitter: number;
}

/** A list of mean delays with full jitter: each delay is drawn evenly between zero and twice its mean. */
export interface FullJitterPolicy {
  readonly kind: "full-jitter";
  readonly meanSeconds: readonly number[];
}

export type RetryPolicy = GrowingPolicy | FullJitterPolicy;

/** About 28 h in 10 steps: a receiver that is down overnight or over a day's maintenance misses nothing. */
const standard: FullJitterPolicy = {
  kind: "full-jitter",
  meanSeconds: [5, 30, 120, 600, 1800, 3600, 9000, 18_000, 28_800, 38_845],
};

const short: GrowingPolicy = { kind: "growing", attempts: 5, baseSeconds: 1, factor: 2, maxSeconds: 900, jitter: 0.1 };

export const retryPresets = { standard, short } as const;

/** As the configuration file says it. */
export type RetrySetting =
  | { readonly preset: keyof typeof retryPresets }
  | (Omit<GrowingPolicy, "kind"> & { readonly preset?: never });

export function retryPolicy(setting: RetrySetting): RetryPolicy {
  if (setting.preset !== undefined) return retryPresets[setting.preset];
  return { kind: "growing", ...setting };
}

/** Attempts in all, the first included. */
export function attemptsOf(policy: RetryPolicy): number {
  return policy.kind === "growing" ? policy.attempts : policy.meanSeconds.length + 1;
}

/** Full jitter may draw next to nothing; a retry in the same breath would meet the same fault. */
const leastDelayMs = 500;

function delaySeconds(policy: RetryPolicy, failed: number, random: number): number {
  if (policy.kind === "full-jitter") return 2 * random * (policy.meanSeconds[failed - 1] ?? 0);
  const grown = policy.baseSeconds * policy.factor ** (failed - 1);
  return Math.min(policy.maxSeconds, grown * (1 + policy.jitter * random));
}

/**
 * The delay before the next attempt, in milliseconds, or undefined when there is none left.
 * @param failed attempts that have failed so far, from 1
 * @param random from 0 (inclusive) to 1 (exclusive)
 */
export function nextDelayMs(policy: RetryPolicy, failed: number, random: number): number | undefined {
  if (failed >= attemptsOf(policy)) return undefined;
  const delayMs = Math.round(1000 * delaySeconds(policy, failed, random));
  return policy.kind === "growing" ? delayMs : Math.max(leastDelayMs, delayMs);
}
