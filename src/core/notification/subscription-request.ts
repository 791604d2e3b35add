/** What a client may ask for in a Subscription, and the refusal of everything else by name (backport rows 60 to 76, 90). */
import type { Subscription } from "fhir/r4.js";
import { z } from "zod";
import type { DataFilter } from "../delivery/data-filter.ts";
import { AdapterError } from "../errors.ts";
import { parseOr400 } from "../request-shape.ts";
import type { ChannelOffer, ChannelRequest } from "./channel.ts";
import { channelSchema, readChannel } from "./channel.ts";
import { extended, extensionsOf } from "./extension.ts";
import type { FilterContext } from "./filter.ts";
import { readFilters } from "./filter.ts";
import { backport } from "./names.ts";
import type { Topic } from "./topic.ts";
import { findTopic } from "./topic.ts";

const subscription = z.looseObject({
  resourceType: z.literal("Subscription"),
  status: z.enum(["requested", "active", "off"]),
  reason: z.string().min(1).max(1000),
  criteria: z.string().min(1).max(1000),
  _criteria: extended.optional(),
  end: z.iso.datetime({ offset: true }).optional(),
  contact: z.array(z.looseObject({})).max(10).optional(),
  channel: channelSchema,
});
type Parsed = z.infer<typeof subscription>;

/** What is offered to one tenant's clients. */
export interface SubscriptionOffer extends ChannelOffer {
  readonly topics: readonly Topic[];
  readonly filterContext: FilterContext;
}

export interface SubscriptionRequest extends ChannelRequest {
  readonly topic: Topic;
  /** What an event must say besides being of the topic. */
  readonly filter: DataFilter;
  /** False where the client asks to switch it off. */
  readonly wanted: boolean;
  /** RFC 3339. */
  readonly end?: string;
  /** As it is stored and shown: without headers, id, meta and status, which have places of their own. */
  readonly resource: Omit<Subscription, "id" | "meta" | "status">;
}

function refuse(at: string, message: string): AdapterError {
  return new AdapterError("parameter_invalid", { at: `Subscription.${at}`, message });
}

function topicOf({ criteria }: Parsed, topics: readonly Topic[]): Topic {
  const topic = findTopic(topics, criteria);
  if (topic !== undefined) return topic;
  throw refuse("criteria", "This is no topic that is offered here; /fhir/metadata lists them.");
}

function filtersOf({ _criteria }: Parsed): readonly string[] {
  return extensionsOf(_criteria, backport.filterCriteria).map(({ valueString = "" }) => valueString);
}

/**
 * Reads a Subscription that a client wants to have.
 * @throws AdapterError 400, with the element in `at`
 */
export function readSubscription(value: unknown, offer: SubscriptionOffer, nowMs: number): SubscriptionRequest {
  const parsed = parseOr400(subscription, value, "Subscription", ["Subscription"]);
  const { end } = parsed;
  const channel = readChannel(parsed.channel, offer);
  if (end !== undefined && Date.parse(end) <= nowMs) throw refuse("end", "This lies in the past.");
  const topic = topicOf(parsed, offer.topics);
  return {
    ...channel,
    topic,
    filter: readFilters(topic, filtersOf(parsed), offer.filterContext),
    wanted: parsed.status !== "off",
    ...(end === undefined ? {} : { end }),
    resource: stored(parsed, channel),
  };
}

/** Only elements that were read: what was not understood is not given back as if it were in force. */
function stored(parsed: Parsed, channel: ChannelRequest): SubscriptionRequest["resource"] {
  const { reason, criteria, contact, end } = parsed;
  const filters = filtersOf(parsed).map((valueString) => ({ url: backport.filterCriteria, valueString }));
  return {
    resourceType: "Subscription",
    reason,
    criteria,
    ...(filters.length === 0 ? {} : { _criteria: { extension: filters } }),
    ...(contact === undefined ? {} : { contact }),
    ...(end === undefined ? {} : { end }),
    channel: {
      ...(channel.extensions.length === 0 ? {} : { extension: [...channel.extensions] }),
      type: channel.kind,
      ...(channel.endpoint === "" ? {} : { endpoint: channel.endpoint }),
      payload: parsed.channel.payload ?? channel.contentType,
      _payload: { extension: [{ url: backport.payloadContent, valueCode: channel.content }] },
    },
  };
}
