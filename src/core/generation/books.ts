/** What the books of model calls tell: counts, names and who stopped what; nothing of what was said. */

/** Stands for every model of a tenant. */
export const everyModel = "*";

export interface ModelStop {
  readonly model: string;
  readonly reason: string;
  readonly stoppedBy: string;
  readonly stoppedAt: string;
}

export interface DaySpent {
  readonly tokens: number;
  readonly cost: number;
  /** Calls that run now, over all replicas. */
  readonly running: number;
}

/** Of one model, one kind of work, and whether anybody saw it. */
export interface ModelUsage {
  readonly provider: string;
  readonly model: string;
  readonly mode: "shown" | "shadow";
  readonly part: string;
  readonly calls: number;
  /** Answered from an earlier call. */
  readonly cached: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  readonly sentencesStood: number;
  readonly sentencesDropped: number;
  readonly medianMs: number | null;
}

export interface UsageReport {
  readonly since: string;
  readonly usage: readonly ModelUsage[];
  /** Sentences that the gate refused, by rule. */
  readonly drops: Readonly<Record<string, number>>;
}
