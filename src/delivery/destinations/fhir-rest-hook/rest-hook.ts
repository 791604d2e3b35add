/** FHIR topic notifications over the rest-hook channel (Subscriptions R5 Backport 1.1): another body, the same lanes. */
import type { FhirResource } from "fhir/r4.js";
import type { JobEvent } from "../../../core/event/event.ts";
import { notificationIds } from "../../../core/notification/ids.ts";
import type { Focus } from "../../../core/notification/notification.ts";
import { notificationBundle } from "../../../core/notification/notification.ts";
import type { Sealer } from "../../../db/sealer.ts";
import type { Endpoint, SubscriptionSettings } from "../../endpoint.ts";
import type { ClaimedDelivery, Destination, MayBeTold } from "../destination.ts";
import { keptBodyContext } from "../kept-body.ts";

export interface RestHookDependencies {
  /** Canonical URL of a topic by its name; undefined where it is no longer offered. */
  readonly topicUrl: (name: string) => string | undefined;
  /** What an event is about. */
  readonly focusOf: (event: JobEvent) => Focus;
  /** The same as a resource, as it is now; undefined where there is none any more. */
  readonly resourceOf: (tenant: string, event: JobEvent) => Promise<FhirResource | undefined>;
  /** Whether the Subscription's owner may still be told of its topic. */
  readonly mayBeTold: MayBeTold;
  readonly sealer: Sealer;
}

function notificationOf(
  { event, sequence }: ClaimedDelivery,
  settings: SubscriptionSettings,
  topic: string,
  about: { readonly focus: Focus; readonly resource?: FhirResource },
): Buffer {
  const bundle = notificationBundle({
    type: "event-notification",
    // One event a notification, so the count up to it is its own number (row 102: events, not deliveries).
    subscription: { url: settings.subscription, topic, status: "active", eventsSinceStart: sequence },
    content: settings.content,
    events: [{ number: sequence, time: event.time, ...about }],
    ids: notificationIds(settings.subscription, event.id),
    timestamp: event.time,
  });
  return Buffer.from(JSON.stringify(bundle));
}

interface Body {
  readonly bytes: Uint8Array;
  readonly keep?: Uint8Array;
}

/** A resource changes between two attempts; the notification of one event does not: its first body is kept. */
async function fullBody(
  { sealer, focusOf, resourceOf }: RestHookDependencies,
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  settings: SubscriptionSettings,
  topic: string,
): Promise<Body> {
  const context = keptBodyContext(endpoint, delivery);
  if (delivery.body !== undefined) return { bytes: sealer.open(delivery.body, context) };
  const resource = await resourceOf(endpoint.tenant, delivery.event);
  const about = { focus: focusOf(delivery.event), ...(resource === undefined ? {} : { resource }) };
  const bytes = notificationOf(delivery, settings, topic, about);
  return { bytes, keep: sealer.seal(bytes, context) };
}

/** The `fhir-rest-hook` kind of destination. Rows 25 to 27: POST, channel.payload as the content type, every header. */
export function restHookDestination(deps: RestHookDependencies): Destination {
  return {
    kind: "fhir-rest-hook",
    async prepare(delivery, endpoint) {
      const { settings, secrets } = endpoint;
      if (settings.kind !== "fhir-rest-hook") return { kind: "held", code: "wrong_kind" };
      const topic = deps.topicUrl(settings.topic);
      if (topic === undefined) return { kind: "held", code: "topic_gone" };
      if (!deps.mayBeTold(endpoint.tenant, settings)) return { kind: "held", code: "owner_not_entitled" };
      const { bytes: body, keep }: Body =
        settings.content === "full-resource"
          ? await fullBody(deps, delivery, endpoint, settings, topic)
          : { bytes: notificationOf(delivery, settings, topic, { focus: deps.focusOf(delivery.event) }) };
      const headers = {
        "user-agent": "Handover-Subscriptions/1",
        ...secrets.headers,
        "content-type": settings.contentType,
      };
      const request = { url: settings.url, headers, body, timeoutMs: settings.timeoutMs };
      return { kind: "ready", request, ...(keep === undefined ? {} : { keep }) };
    },
  };
}
