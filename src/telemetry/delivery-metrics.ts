/** Deliveries in Prometheus: what this replica sent, and how every endpoint stands whoever sends. */
import type { Registry } from "prom-client";
import { Counter, Gauge, Histogram } from "prom-client";
import { createEndpointLabels } from "../core/delivery/endpoint-labels.ts";

/** How one endpoint stands; counts end at 10,000. */
export interface DeliveryFigures {
  readonly tenant: string;
  readonly endpoint: string;
  readonly circuitOpen: boolean;
  readonly pending: number;
  readonly oldestSeconds: number;
  readonly dead: number;
}

export interface DeliveryMetrics {
  /** One for each attempt; `sent`: a request went out, and took so long. */
  attempt(
    labels: { readonly tenant: string; readonly endpoint: string; readonly outcome: string },
    sent: { readonly seconds: number } | undefined,
  ): void;
  /** Where the standing figures come from; read when somebody scrapes, at most every five seconds. */
  standing(read: () => Promise<readonly DeliveryFigures[]>): void;
}

/** Endpoints with series of their own; the rest are `other`. */
const MOST_NAMED = 200;
const KEEP_MS = 5_000;

const endpointLabels = ["tenant", "endpoint"] as const;
type Series = Gauge<(typeof endpointLabels)[number]>;

const gauges = {
  handover_delivery_backlog: ["Deliveries that wait to be sent, up to 10,000.", "sum", (row) => row.pending],
  handover_delivery_oldest_seconds: ["Age of the oldest that waits.", "max", (row) => row.oldestSeconds],
  handover_circuit_open: ["1 while the endpoint's circuit is not closed.", "max", (row) => Number(row.circuitOpen)],
  handover_dead_letters: ["Deliveries that used up their attempts, up to 10,000.", "sum", (row) => row.dead],
} as const satisfies Record<string, readonly [string, "sum" | "max", (row: DeliveryFigures) => number]>;

/** Endpoints without a name of their own share a series: what can be added is, of the rest the worst counts. */
function fill(
  series: Series,
  rows: readonly (DeliveryFigures & { readonly label: string })[],
  how: "sum" | "max",
  valueOf: (row: DeliveryFigures) => number,
): void {
  const values = new Map<string, { tenant: string; endpoint: string; value: number }>();
  for (const row of rows) {
    const key = `${row.tenant}/${row.label}`;
    const before = values.get(key)?.value ?? 0;
    const value = how === "sum" ? before + valueOf(row) : Math.max(before, valueOf(row));
    values.set(key, { tenant: row.tenant, endpoint: row.label, value });
  }
  series.reset();
  for (const { tenant, endpoint, value } of values.values()) series.set({ tenant, endpoint }, value);
}

export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const labels = createEndpointLabels(MOST_NAMED);
  const registers = [registry];
  const attempts = new Counter({
    name: "handover_delivery_attempts_total",
    help: "Attempts at deliveries by what they came to.",
    labelNames: [...endpointLabels, "outcome"],
    registers,
  });
  const seconds = new Histogram({
    name: "handover_delivery_seconds",
    help: "Time that receivers took.",
    labelNames: endpointLabels,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30],
    registers,
  });
  return {
    attempt({ tenant, endpoint, outcome }, sent) {
      const label = labels.of(tenant, endpoint);
      attempts.inc({ tenant, endpoint: label, outcome });
      if (sent !== undefined) seconds.observe({ tenant, endpoint: label }, sent.seconds);
    },
    standing(read) {
      const look = sharedLook(read);
      for (const [name, [help, how, valueOf]] of Object.entries(gauges)) {
        const series: Series = new Gauge({
          name,
          help,
          labelNames: endpointLabels,
          registers,
          async collect() {
            const rows = (await look()).map((row) => ({ ...row, label: labels.of(row.tenant, row.endpoint) }));
            fill(series, rows, how, valueOf);
          },
        });
      }
    },
  };
}

/** One look serves all gauges of a scrape. While the database is away there are no figures, and the other metrics stay. */
function sharedLook(read: () => Promise<readonly DeliveryFigures[]>): () => Promise<readonly DeliveryFigures[]> {
  let held: { readonly atMs: number; readonly rows: Promise<readonly DeliveryFigures[]> } | undefined;
  return async () => {
    const atMs = performance.now();
    if (held === undefined || atMs - held.atMs > KEEP_MS) held = { atMs, rows: read().catch(() => []) };
    return held.rows;
  };
}
