import type { JsonResource } from "../resource.ts";

/** An event as a subscription counts it. */
export interface PublishedEvent {
  /** From 1. */
  readonly number: number;
  /** `Encounter/9`. */
  readonly focus: string;
  readonly at: string;
}

/** What a message says of its subscription. */
export interface PublishedState {
  readonly url: string;
  readonly topic: string;
  readonly status: string;
  readonly counted: number;
}

export type MessageType = "handshake" | "heartbeat" | "event-notification" | "query-status" | "query-event";

function eventParameter(baseUrl: string, { number, focus, at }: PublishedEvent): object {
  return {
    name: "notification-event",
    part: [
      { name: "event-number", valueString: String(number) },
      { name: "timestamp", valueInstant: at },
      { name: "focus", valueReference: { reference: `${baseUrl}/${focus}` } },
    ],
  };
}

/** The status of a subscription as Parameters (Subscriptions R5 Backport 1.1, R4). */
export function statusParameters(
  baseUrl: string,
  state: PublishedState,
  type: MessageType,
  events: readonly PublishedEvent[] = [],
): JsonResource {
  return {
    resourceType: "Parameters",
    parameter: [
      { name: "subscription", valueReference: { reference: state.url } },
      { name: "topic", valueCanonical: state.topic },
      { name: "status", valueCode: state.status },
      { name: "type", valueCode: type },
      { name: "events-since-subscription-start", valueString: String(state.counted) },
      ...events.map((event) => eventParameter(baseUrl, event)),
    ],
  };
}

/** A message as it is sent, ids only. */
export function messageBundle(
  baseUrl: string,
  state: PublishedState,
  type: MessageType,
  events: readonly PublishedEvent[],
  at: string,
): JsonResource {
  const status = {
    fullUrl: "urn:uuid:00000000-0000-4000-8000-000000000001",
    resource: statusParameters(baseUrl, state, type, events),
    request: { method: "GET", url: `${state.url}/$status` },
    response: { status: "200" },
  };
  const focuses = events.map(({ focus }) => ({
    fullUrl: `${baseUrl}/${focus}`,
    request: { method: "PUT", url: focus },
    response: { status: "200" },
  }));
  return { resourceType: "Bundle", type: "history", timestamp: at, entry: [status, ...focuses] };
}
