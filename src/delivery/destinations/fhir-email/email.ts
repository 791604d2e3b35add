/** FHIR topic notifications by e-mail (Subscriptions R5 Backport 1.1): the same lanes, a mail in the place of a POST. */
import type { Exchange } from "../../../core/delivery/outcome.ts";
import { derivedUuid, notificationIds } from "../../../core/notification/ids.ts";
import { mailboxOf, notificationMail } from "../../../core/notification/notification-mail.ts";
import type { Focus } from "../../../core/notification/notification.ts";
import { notificationBundle } from "../../../core/notification/notification.ts";
import type { Topic } from "../../../core/notification/topic.ts";
import type { JobEvent } from "../../../core/event/event.ts";
import type { SubscriptionSettings } from "../../endpoint.ts";
import type { OutgoingMail, SendMail } from "../../send-mail.ts";
import type { ClaimedDelivery, Destination, MayBeTold } from "../destination.ts";

export interface EmailDependencies {
  /** A topic by its name; undefined where it is no longer offered. */
  readonly topicOf: (name: string) => Pick<Topic, "url" | "title"> | undefined;
  readonly focusOf: (event: JobEvent) => Focus;
  /** Whether the Subscription's owner may still be told of its topic. */
  readonly mayBeTold: MayBeTold;
  /** Undefined where there is no mail server. */
  readonly mail: SendMail | undefined;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
}

function mailOf(
  { event, sequence }: ClaimedDelivery,
  { url, subscription, contentType }: SubscriptionSettings,
  topic: Pick<Topic, "url" | "title">,
  focus: Focus,
): OutgoingMail {
  const bundle = notificationBundle({
    type: "event-notification",
    subscription: { url: subscription, topic: topic.url, status: "active", eventsSinceStart: sequence },
    // Whatever the row says: nothing that leads to a patient goes by mail.
    content: "empty",
    events: [{ number: sequence, time: event.time, focus }],
    ids: notificationIds(subscription, event.id),
    timestamp: event.time,
  });
  const told = notificationMail({
    type: "event-notification",
    topicTitle: topic.title,
    subscription,
    number: sequence,
    contentType,
    bundle: JSON.stringify(bundle),
  });
  return { ...told, to: mailboxOf(url), id: derivedUuid("mail", subscription, event.id) };
}

/** What a mail server's word is to a lane. Our own stop ends the wait, and the mail may be sent twice: under one Message-ID. */
async function sendOnce(send: SendMail, mail: OutgoingMail, stop: AbortSignal, clock: () => number): Promise<Exchange> {
  const startedMs = clock();
  const stopped = Promise.withResolvers<"stopped">();
  const onStop = (): void => stopped.resolve("stopped");
  stop.addEventListener("abort", onStop, { once: true });
  const came = stop.aborted ? "stopped" : await Promise.race([send(mail), stopped.promise]);
  stop.removeEventListener("abort", onStop);
  const durationMs = Math.round(clock() - startedMs);
  if (came === "stopped") return { kind: "failure", failure: "interrupted", durationMs };
  if (came.kind === "sent") return { kind: "reply", accepted: true, final: true, code: "mail_taken", durationMs };
  return { kind: "reply", accepted: false, final: came.kind === "refused", code: came.code, durationMs };
}

/** The `fhir-email` kind of destination. */
export function emailDestination({ topicOf, focusOf, mayBeTold, mail, clock }: EmailDependencies): Destination {
  return {
    kind: "fhir-email",
    async prepare(delivery, { tenant, settings }) {
      if (settings.kind !== "fhir-email") return { kind: "held", code: "wrong_kind" };
      const topic = topicOf(settings.topic);
      if (topic === undefined) return { kind: "held", code: "topic_gone" };
      if (!mayBeTold(tenant, settings)) return { kind: "held", code: "owner_not_entitled" };
      if (mail === undefined) return { kind: "held", code: "no_mail_server" };
      const outgoing = mailOf(delivery, settings, topic, focusOf(delivery.event));
      return { kind: "own-transport", send: (stop) => sendOnce(mail, outgoing, stop, clock) };
    },
  };
}
