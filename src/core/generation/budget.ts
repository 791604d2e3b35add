/** What a tenant may spend on models, and what a call may cost at most. Pure. */

/** Of a million tokens, in the tenant's currency. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
}

export interface TokenCounts {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** 0 where nobody named a price: such a call counts by its tokens only. */
export function costOf({ inputTokens, outputTokens }: TokenCounts, price: ModelPrice | undefined): number {
  if (price === undefined) return 0;
  return (inputTokens * price.inputPerMillion + outputTokens * price.outputPerMillion) / 1_000_000;
}

/** Tokens of a text, about: three characters each, so that an estimate errs on the dear side. */
export function estimatedTokens(text: string): number {
  return Math.ceil(text.length / 3);
}

export interface DayBudget {
  /** Input and output together. */
  readonly tokensPerDay?: number | undefined;
  readonly costPerDay?: number | undefined;
  /** Calls of the tenant at once, over all replicas. */
  readonly concurrentCalls: number;
}

/** What stands in the books for today, running calls with all that they may use. */
export interface Spent {
  readonly tokens: number;
  readonly cost: number;
  readonly running: number;
}

/** Whether one more call may be made: `wait` until another has ended, `spent` until tomorrow. */
export function mayCall(
  spent: Spent,
  most: TokenCounts & { readonly cost: number },
  budget: DayBudget,
): "go" | "wait" | "spent" {
  const tokens = spent.tokens + most.inputTokens + most.outputTokens;
  if (budget.tokensPerDay !== undefined && tokens > budget.tokensPerDay) return "spent";
  if (budget.costPerDay !== undefined && spent.cost + most.cost > budget.costPerDay) return "spent";
  return spent.running >= budget.concurrentCalls ? "wait" : "go";
}

/** The first moment of the day in a zone, as an instant: budgets are by the hospital's day. */
export function startOfDay(now: number, timeZone: string): Date {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, Number(value)]));
  const seconds = (parts.get("hour") ?? 0) * 3600 + (parts.get("minute") ?? 0) * 60 + (parts.get("second") ?? 0);
  return new Date(Math.floor(now / 1000) * 1000 - seconds * 1000);
}
