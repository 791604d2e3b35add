/** How every endpoint stands, across tenants: ids, counts and ages only. */
import type { Executor } from "../db/query.ts";
import { runSystem, systemQuery } from "../db/system.ts";
import type { DeliveryFigures } from "../telemetry/delivery-metrics.ts";

interface FiguresRow {
  readonly tenant: string;
  readonly endpoint: string;
  readonly circuit_open: boolean;
  readonly pending: number;
  readonly oldest_seconds: number;
  readonly dead: number;
}

const readFigures = systemQuery<FiguresRow, readonly [most: number]>(
  "delivery.figures",
  "select * from handover.sys_delivery_figures($1)",
);

/** Endpoints looked at in one go; with more, the figures tell of the first of them. */
const MOST_LOOKED_AT = 2_000;

export async function deliveryFigures(pool: Executor): Promise<readonly DeliveryFigures[]> {
  const rows = await runSystem(pool, readFigures, MOST_LOOKED_AT);
  return rows.map(({ circuit_open: circuitOpen, oldest_seconds: oldestSeconds, ...rest }) => ({
    ...rest,
    circuitOpen,
    oldestSeconds,
  }));
}
