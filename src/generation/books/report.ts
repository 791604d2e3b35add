/** What the books say, for whoever pays and whoever decides. Counts and names only. */
import type { DaySpent, UsageReport } from "../../core/generation/books.ts";
import { startOfDay } from "../../core/generation/budget.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import { dropsSince, standing, usageSince } from "./store.ts";

/** What the tenant's day has cost so far; what running calls may still use is in it. */
export async function spentToday(executor: Executor, tenant: string, timeZone: string, now: number): Promise<DaySpent> {
  const [row] = await run(executor, standing, tenant, startOfDay(now, timeZone).toISOString());
  return { tokens: Number(row?.tokens ?? 0), cost: row?.cost ?? 0, running: row?.running ?? 0 };
}

/** Calls since a moment, RFC 3339. */
export async function usageReport(executor: Executor, tenant: string, since: string): Promise<UsageReport> {
  const rows = await run(executor, usageSince, tenant, since);
  const drops = await run(executor, dropsSince, tenant, since);
  return {
    since,
    usage: rows.map((row) => ({
      provider: row.provider,
      model: row.model,
      mode: row.mode,
      part: row.part,
      calls: row.calls,
      cached: row.cached,
      failed: row.failed,
      inputTokens: Number(row.input_tokens),
      outputTokens: Number(row.output_tokens),
      cost: row.cost,
      sentencesStood: row.stood,
      sentencesDropped: row.dropped,
      medianMs: row.median_ms,
    })),
    drops: Object.fromEntries(drops.map(({ rule, count }) => [rule, count])),
  };
}
