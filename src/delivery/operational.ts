/** What deliveries tell of themselves, in the log of the endpoint: failing, disabled, recovered, exhausted. */
import type { EventData } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";

export interface OperationalEvent {
  readonly type: "endpoint.failing" | "endpoint.disabled" | "endpoint.recovered" | "delivery.exhausted";
  /** Ids, codes and counts. */
  readonly data: EventData;
}

/** Appends to the log of `endpoint/<id>` inside the transaction of what happened. */
export type TellOfEndpoint = (
  tx: Executor,
  tenant: string,
  endpoint: string,
  events: readonly OperationalEvent[],
) => Promise<void>;

/** The endpoint gets events again. */
export const recovered = (endpoint: string): OperationalEvent => ({
  type: "endpoint.recovered",
  data: { endpoint, status: "active" },
});

/** It has failed, and nothing else, for this share of the time after which it is disabled. */
export const failing = (endpoint: string, percent: number, sinceMs: number, limitMs: number): OperationalEvent => ({
  type: "endpoint.failing",
  data: {
    endpoint,
    percent,
    failingSince: new Date(sinceMs).toISOString(),
    disabledAt: new Date(sinceMs + limitMs).toISOString(),
  },
});

/** It gets none until somebody acts. `reason`: `gone` (410), `failing` (for too long), `exhausted`. */
export const disabled = (endpoint: string, reason: string): OperationalEvent => ({
  type: "endpoint.disabled",
  data: { endpoint, status: "disabled", reason },
});
