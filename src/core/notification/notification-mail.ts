/**
 * A notification as an e-mail (backport, channels, email): a person reads the text, a program the Bundle attached. Neither says
 * whom or what it is about: mail is read on its way, and lies about afterwards.
 */
import { attachedBundle } from "./channel.ts";

export interface NotificationMailInput {
  readonly type: "handshake" | "heartbeat" | "event-notification";
  readonly topicTitle: string;
  /** Absolute URL of the Subscription. */
  readonly subscription: string;
  /** The event's number in the subscription; absent where there is no event. */
  readonly number?: number;
  readonly contentType: string;
  /** The notification of content `empty`, as JSON. */
  readonly bundle: string;
}

export interface NotificationMail {
  readonly subject: string;
  readonly text: string;
  readonly attachment?: { readonly name: string; readonly contentType: string; readonly content: string };
}

function linesOf({ type, topicTitle, subscription, number }: NotificationMailInput): readonly string[] {
  switch (type) {
    case "handshake":
      return [`From now on you are told here of: ${topicTitle}.`, "Nothing has happened yet."];
    case "heartbeat":
      return [`You are told here of: ${topicTitle}.`, "Nothing new; this shows that the way is open."];
    case "event-notification":
      return [
        `${topicTitle}: event ${number ?? 0} of your subscription.`,
        "What it is about is told to the system that subscribed, and not by mail:",
        `${subscription}/$events?eventsSinceNumber=${number ?? 0}`,
      ];
  }
}

const subjects = { handshake: "Subscription begins", heartbeat: "Subscription in order" } as const;

/** Subject, text and, where it was asked for, the Bundle. */
export function notificationMail(input: NotificationMailInput): NotificationMail {
  const { type, topicTitle, subscription, contentType, bundle } = input;
  const closing = [
    "",
    `Subscription: ${subscription}`,
    "To end it, delete it there, or ask the system that made it.",
    "",
  ];
  const attachment = { name: "notification.json", contentType: "application/fhir+json", content: bundle };
  return {
    subject: type === "event-notification" ? topicTitle : `${subjects[type]}: ${topicTitle}`,
    text: [...linesOf(input), ...closing].join("\n"),
    ...(contentType === attachedBundle ? { attachment } : {}),
  };
}

/** The address behind `mailto:`. */
export function mailboxOf(url: string): string {
  return url.slice("mailto:".length);
}
