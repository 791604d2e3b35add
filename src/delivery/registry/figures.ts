/** An endpoint in figures: how much, how well, how fast, and what waits. */
import { run } from "../../db/query.ts";
import type { RegistryDeps } from "./deps.ts";
import type { FiguresRow } from "./figures-store.ts";
import { ATTEMPTS_LOOKED_AT, readFigures } from "./figures-store.ts";
import type { Backlog } from "./reading.ts";
import { read } from "./reading.ts";

export const figureWindows = { "1h": 3_600, "24h": 86_400, "7d": 604_800 } as const;
export type FigureWindow = keyof typeof figureWindows;

export interface EndpointFigures {
  readonly window: FigureWindow;
  /** RFC 3339: since when the figures count. Later than the window's beginning where there was too much to count. */
  readonly since: string;
  readonly complete: boolean;
  readonly attempts: number;
  readonly delivered: number;
  readonly deliveriesPerSecond: number;
  /** Of the requests sent, 0 to 1; absent where none was. */
  readonly successRate?: number;
  readonly errorRate?: number;
  /** What receivers took, milliseconds. */
  readonly latencyMs?: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** From the event to its arrival, milliseconds; replays apart. */
  readonly arrivalMs?: { readonly p50: number; readonly p99: number };
  readonly byCode: Readonly<Record<string, number>>;
  readonly backlog: Backlog & { readonly oldestSeconds?: number };
}

function rates({ sent, delivered }: FiguresRow): Pick<EndpointFigures, "successRate" | "errorRate"> {
  return sent === 0 ? {} : { successRate: delivered / sent, errorRate: (sent - delivered) / sent };
}

function percentiles({ latency_ms: latency, lag_ms: lag }: FiguresRow) {
  const [p50, p90, p99] = latency ?? [];
  const [arrived50, arrived99] = lag ?? [];
  return {
    ...(p50 === undefined || p90 === undefined || p99 === undefined ? {} : { latencyMs: { p50, p90, p99 } }),
    ...(arrived50 === undefined || arrived99 === undefined ? {} : { arrivalMs: { p50: arrived50, p99: arrived99 } }),
  };
}

/** Throws 404 for an endpoint that is not the tenant's. */
export async function figures(
  deps: RegistryDeps,
  tenant: string,
  id: string,
  window: FigureWindow,
): Promise<EndpointFigures> {
  const { backlog } = await read(deps, tenant, id);
  const [row] = await run(deps.pool, readFigures, tenant, id, figureWindows[window], ATTEMPTS_LOOKED_AT);
  if (row === undefined) throw new Error("an aggregate without a row");
  const nowMs = deps.now();
  const complete = row.attempts < ATTEMPTS_LOOKED_AT || row.oldest_at === null;
  const sinceMs = complete || row.oldest_at === null ? nowMs - figureWindows[window] * 1000 : row.oldest_at.getTime();
  const { oldestAt } = backlog;
  return {
    window,
    since: new Date(sinceMs).toISOString(),
    complete,
    attempts: row.attempts,
    delivered: row.delivered,
    deliveriesPerSecond: row.delivered / Math.max(1, (nowMs - sinceMs) / 1000),
    ...rates(row),
    ...percentiles(row),
    byCode: row.codes ?? {},
    backlog: {
      ...backlog,
      ...(oldestAt === undefined ? {} : { oldestSeconds: Math.max(0, (nowMs - Date.parse(oldestAt)) / 1000) }),
    },
  };
}
