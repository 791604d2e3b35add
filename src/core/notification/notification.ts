/** Notification Bundles and status Parameters of topic-based subscriptions in R4 (Subscriptions R5 Backport 1.1). */
import type { Bundle, BundleEntry, FhirResource, Parameters, ParametersParameter } from "fhir/r4.js";
import { backport } from "./names.ts";

/** Words of Subscription.status in R4. */
export type SubscriptionStatus = "requested" | "active" | "error" | "off";

export type NotificationType = "handshake" | "heartbeat" | "event-notification" | "query-status" | "query-event";

/** How much of what happened a notification says. */
export const payloadContents = ["empty", "id-only", "full-resource"] as const;
export type PayloadContent = (typeof payloadContents)[number];

/** The resource that an event is about. */
export interface Focus {
  /** Absolute URL of the resource. */
  readonly url: string;
  readonly type: string;
  readonly id: string;
  /** What happened to it: decides `request` and `response` of its entry. */
  readonly interaction: "create" | "update";
}

export interface NotifiedEvent {
  /** From 1, gapless within the subscription. */
  readonly number: number;
  /** When it happened, RFC 3339. */
  readonly time: string;
  readonly focus: Focus;
  /** For full-resource; absent where it is no longer there, or not there for this reader. */
  readonly resource?: FhirResource;
}

export interface SubscriptionState {
  /** Absolute URL of the Subscription. */
  readonly url: string;
  /** Topic canonical; left out of empty notifications (row 99). */
  readonly topic?: string;
  readonly status: SubscriptionStatus;
  /** Events since the subscription began; deliveries, handshakes and heartbeats do not count. */
  readonly eventsSinceStart: number;
  /** Why it is in error, in fixed words. */
  readonly error?: string;
}

export interface NotificationInput {
  readonly type: Exclude<NotificationType, "query-status">;
  readonly subscription: SubscriptionState;
  readonly content: PayloadContent;
  readonly events: readonly NotifiedEvent[];
  /** Ids of the Bundle and of its status; the same event gives the same ids on every attempt. */
  readonly ids: { readonly bundle: string; readonly status: string };
  /** RFC 3339. */
  readonly timestamp: string;
}

function eventParameter(event: NotifiedEvent, content: PayloadContent): ParametersParameter {
  const focus = { name: "focus", valueReference: { reference: event.focus.url, type: event.focus.type } };
  return {
    name: "notification-event",
    part: [
      { name: "event-number", valueString: String(event.number) },
      { name: "timestamp", valueInstant: event.time },
      // Row 38: an empty notification tells that something happened and nothing of what.
      ...(content === "empty" ? [] : [focus]),
    ],
  };
}

function errorParameter(code: string): ParametersParameter {
  return { name: "error", valueCodeableConcept: { text: code } };
}

/** The state of a subscription as Parameters; `events` stand in notifications only. */
export function statusParameters(
  state: SubscriptionState,
  type: NotificationType,
  id: string,
  events: readonly ParametersParameter[] = [],
): Parameters {
  return {
    resourceType: "Parameters",
    id,
    meta: { profile: [backport.statusProfile] },
    parameter: [
      { name: "subscription", valueReference: { reference: state.url } },
      ...(state.topic === undefined ? [] : [{ name: "topic", valueCanonical: state.topic }]),
      { name: "status", valueCode: state.status },
      { name: "type", valueCode: type },
      { name: "events-since-subscription-start", valueString: String(state.eventsSinceStart) },
      ...events,
      ...(state.error === undefined ? [] : [errorParameter(state.error)]),
    ],
  };
}

/** Row 15: the first entry is the answer that a `$status` call would have had. */
function statusEntry(input: NotificationInput): BundleEntry {
  const { content, type, ids } = input;
  const events = input.events.map((event) => eventParameter(event, content));
  const { topic, ...untold } = input.subscription;
  const state = content === "empty" || topic === undefined ? untold : { ...untold, topic };
  return {
    fullUrl: `urn:uuid:${ids.status}`,
    resource: statusParameters(state, type, ids.status, events),
    request: { method: "GET", url: `${state.url}/$status` },
    response: { status: "200" },
  };
}

/** Rows 40 and 42: in an id-only notification an entry names the focus and holds no resource. Rows 44, 45: in a full one it does. */
function focusEntry({ focus, resource }: NotifiedEvent, content: PayloadContent): BundleEntry {
  const created = focus.interaction === "create";
  return {
    fullUrl: focus.url,
    ...(content === "full-resource" && resource !== undefined ? { resource } : {}),
    request: created ? { method: "POST", url: focus.type } : { method: "PUT", url: `${focus.type}/${focus.id}` },
    response: { status: created ? "201" : "200" },
  };
}

/** A notification as it is sent: a history Bundle whose first entry is the subscription's status (rows 14, 15, 70). */
export function notificationBundle(input: NotificationInput): Bundle {
  const { content, events } = input;
  const focused = content === "empty" ? [] : events.map((event) => focusEntry(event, content));
  return {
    resourceType: "Bundle",
    id: input.ids.bundle,
    meta: { profile: [backport.notificationProfile] },
    type: "history",
    timestamp: input.timestamp,
    entry: [statusEntry(input), ...focused],
  };
}

/** One state with the id of its Parameters. */
export interface QueriedStatus {
  readonly id: string;
  readonly state: SubscriptionState;
}

/** The answer of `$status` (rows 107 to 112): a searchset of Parameters, one for each subscription. */
export function statusSearchset(id: string, timestamp: string, found: readonly QueriedStatus[]): Bundle {
  return {
    resourceType: "Bundle",
    id,
    type: "searchset",
    timestamp,
    total: found.length,
    entry: found.map(({ id: statusId, state }) => ({
      fullUrl: `urn:uuid:${statusId}`,
      resource: statusParameters(state, "query-status", statusId),
      search: { mode: "match" },
    })),
  };
}
