/** What deliveries tell of themselves, in the log of the endpoint: failing, disabled, recovered, exhausted. */
import type { EventData, EventType } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";

export interface OperationalEvent {
  readonly type: Extract<EventType, `endpoint.${string}` | `delivery.${string}`>;
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

/** It failed often within a short time. `code`: what the last attempt came to. */
export const troubled = (endpoint: string, failures: number, withinMs: number, code?: string): OperationalEvent => ({
  type: "endpoint.troubled",
  data: { endpoint, failures, withinSeconds: withinMs / 1000, ...(code === undefined ? {} : { code }) },
});

export const circuitOpened = (endpoint: string, failures: number, probeAtMs: number): OperationalEvent => ({
  type: "endpoint.circuit_opened",
  data: { endpoint, failures, probeAt: new Date(probeAtMs).toISOString() },
});

export const circuitClosed = (endpoint: string): OperationalEvent => ({
  type: "endpoint.circuit_closed",
  data: { endpoint },
});

/** Its oldest delivery waits too long. */
export const behind = (endpoint: string, pending: number, oldestSeconds: number): OperationalEvent => ({
  type: "endpoint.behind",
  data: { endpoint, pending, oldestSeconds: Math.round(oldestSeconds) },
});

export const caughtUp = (endpoint: string): OperationalEvent => ({ type: "endpoint.caught_up", data: { endpoint } });

/** It gets none until somebody acts. `reason`: `gone` (410), `failing` (for too long), `exhausted`. */
export const disabled = (endpoint: string, reason: string): OperationalEvent => ({
  type: "endpoint.disabled",
  data: { endpoint, status: "disabled", reason },
});
