/** A mail about endpoints: one event, or many that came close together. Plain text, without anything about a patient. */
import type { JobEvent } from "../event/event.ts";
import { alertWords } from "./alert-words.ts";

export interface AlertMailInput {
  readonly tenant: string;
  /** Of the adapter, without trailing slash. */
  readonly publicUrl: string;
  /** Operational events in their order, at least one. */
  readonly events: readonly JobEvent[];
  /** How many there were; more than are listed in a storm. */
  readonly total: number;
}

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

function linkOf(publicUrl: string, { data }: JobEvent): string {
  const { delivery, endpoint } = data;
  if (typeof delivery === "string") return `${publicUrl}/v1/deliveries/${encodeURIComponent(delivery)}`;
  return typeof endpoint === "string"
    ? `${publicUrl}/v1/endpoints/${encodeURIComponent(endpoint)}`
    : `${publicUrl}/readyz`;
}

function paragraph(publicUrl: string, event: JobEvent): string {
  const { headline, happened, todo } = alertWords(event.type, event.data);
  return [
    `${headline.charAt(0).toUpperCase()}${headline.slice(1)}`,
    `  what      ${happened}`,
    `  to do     ${todo}`,
    `  when      ${event.time}`,
    `  topic     ${event.type}`,
    `  event     ${event.id}`,
    `  look      ${linkOf(publicUrl, event)}`,
  ].join("\n");
}

/** What a person would want to know first. */
const gravity: readonly string[] = [
  "receiver.degraded",
  "endpoint.disabled",
  "endpoint.failing",
  "endpoint.circuit_opened",
  "endpoint.behind",
  "endpoint.troubled",
  "delivery.exhausted",
];

const rank = ({ type }: JobEvent): number => (gravity.includes(type) ? gravity.indexOf(type) : gravity.length);

function subjectOf({ tenant, events, total }: AlertMailInput): string {
  const [gravest] = events.toSorted((a, b) => rank(a) - rank(b));
  const headline = gravest === undefined ? "an alert" : alertWords(gravest.type, gravest.data).headline;
  return `[Handover] ${tenant}: ${headline}${total > 1 ? `, and ${total - 1} more` : ""}`;
}

/** Subject and text of one mail. */
export function alertMail(input: AlertMailInput): MailText {
  const { tenant, publicUrl, events, total } = input;
  const left = total - events.length;
  return {
    subject: subjectOf(input),
    text: [
      `Handover at ${publicUrl} tells the tenant ${tenant} of webhook endpoints, or of itself.`,
      ...events.map((event) => paragraph(publicUrl, event)),
      ...(left > 0
        ? [
            `${left} more came at the same time and are not listed: \`handover tail --types endpoint.*,delivery.*,receiver.* --all\`.`,
          ]
        : []),
      "You get this because your address is an endpoint's `contact`, or one of the tenant's `alerts.email`.",
      "",
    ].join("\n\n"),
  };
}
