/** FHIR topic notifications over the rest-hook channel (Subscriptions R5 Backport 1.1): another body, the same lanes. */
import type { Bundle } from "fhir/r4.js";
import type { JobEvent } from "../../../core/event/event.ts";
import { notificationIds } from "../../../core/notification/ids.ts";
import type { Focus } from "../../../core/notification/notification.ts";
import { notificationBundle } from "../../../core/notification/notification.ts";
import type { RestHookSettings } from "../../endpoint.ts";
import type { ClaimedDelivery, Destination } from "../destination.ts";

export interface RestHookDependencies {
  /** Canonical URL of a topic by its name; undefined where it is no longer offered. */
  readonly topicUrl: (name: string) => string | undefined;
  /** The resource that an event is about. */
  readonly focusOf: (event: JobEvent) => Focus;
}

function notificationOf(
  { event, sequence }: ClaimedDelivery,
  settings: RestHookSettings,
  topic: string,
  focus: Focus,
): Bundle {
  return notificationBundle({
    type: "event-notification",
    // One event a notification, so the count up to it is its own number (row 102: events, not deliveries).
    subscription: { url: settings.subscription, topic, status: "active", eventsSinceStart: sequence },
    content: settings.content,
    events: [{ number: sequence, time: event.time, focus }],
    ids: notificationIds(settings.subscription, event.id),
    timestamp: event.time,
  });
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
      const bundle = notificationOf(delivery, settings, topic, deps.focusOf(delivery.event));
      const headers = {
        "user-agent": "Handover-Subscriptions/1",
        ...secrets.headers,
        "content-type": settings.contentType,
      };
      const body = Buffer.from(JSON.stringify(bundle));
      return { kind: "ready", request: { url: settings.url, headers, body, timeoutMs: settings.timeoutMs } };
    },
  };
}
