/** What a client may ask for in a Subscription, and the refusal of everything else by name (backport rows 60 to 76, 90). */
import type { Subscription } from "fhir/r4.js";
import { z } from "zod";
import { checkHeaders } from "../delivery/headers.ts";
import { AdapterError } from "../errors.ts";
import { parseOr400 } from "../request-shape.ts";
import { backport } from "./names.ts";
import type { PayloadContent } from "./notification.ts";
import { payloadContents } from "./notification.ts";
import type { Topic } from "./topic.ts";
import { findTopic } from "./topic.ts";

const extension = z.looseObject({
  url: z.string(),
  valueCode: z.string().optional(),
  valueUnsignedInt: z.int().nonnegative().optional(),
  valuePositiveInt: z.int().positive().optional(),
});
const extended = z.looseObject({ extension: z.array(extension).optional() });

const subscription = z.looseObject({
  resourceType: z.literal("Subscription"),
  status: z.enum(["requested", "active", "off"]),
  reason: z.string().min(1).max(1000),
  criteria: z.string().min(1).max(1000),
  _criteria: extended.optional(),
  end: z.iso.datetime({ offset: true }).optional(),
  contact: z.array(z.looseObject({})).max(10).optional(),
  channel: z.looseObject({
    type: z.string(),
    _type: extended.optional(),
    endpoint: z.string().max(2000),
    payload: z.string().max(200).optional(),
    _payload: extended.optional(),
    header: z.array(z.string().max(8192)).max(20).optional(),
    extension: z.array(extension).optional(),
  }),
});
type Parsed = z.infer<typeof subscription>;
type Channel = Parsed["channel"];

export interface SubscriptionRequest {
  readonly topic: Topic;
  /** False where the client asks to switch it off. */
  readonly wanted: boolean;
  readonly endpoint: string;
  readonly contentType: string;
  readonly content: PayloadContent;
  readonly headers: Readonly<Record<string, string>>;
  readonly heartbeatSeconds?: number;
  readonly timeoutSeconds: number;
  /** RFC 3339. */
  readonly end?: string;
  /** As it is stored and shown: without headers, id, meta and status, which have places of their own. */
  readonly resource: Omit<Subscription, "id" | "meta" | "status">;
}

function refuse(at: string, message: string): AdapterError {
  return new AdapterError("parameter_invalid", { at: `Subscription.${at}`, message });
}

function parse(value: unknown): Parsed {
  return parseOr400(subscription, value, "Subscription", ["Subscription"]);
}

function extensionOf(
  holder: { readonly extension?: z.infer<typeof extension>[] | undefined } | undefined,
  url: string,
) {
  return holder?.extension?.find((entry) => entry.url === url);
}

function topicOf(parsed: Parsed, topics: readonly Topic[]): Topic {
  const topic = findTopic(topics, parsed.criteria);
  if (topic === undefined)
    throw refuse("criteria", "This is no topic that is offered here; /fhir/metadata lists them.");
  if (extensionOf(parsed._criteria, backport.filterCriteria) !== undefined) {
    throw refuse("criteria.extension", "The topics offered here have no filters.");
  }
  return topic;
}

const mediaTypes: ReadonlySet<string> = new Set(["application/fhir+json", "application/json"]);

/** channel.payload as the Content-Type to send. A FHIR version other than R4 is refused (row 90). */
function contentTypeOf(channel: Channel): string {
  const payload = channel.payload ?? "application/fhir+json";
  const [type = "", ...parameters] = payload.split(";").map((part) => part.trim().toLowerCase());
  if (!mediaTypes.has(type)) throw refuse("channel.payload", "Notifications are sent as application/fhir+json.");
  for (const parameter of parameters) {
    if (!["fhirversion=4.0", "charset=utf-8"].includes(parameter)) {
      throw refuse("channel.payload", "Notifications are FHIR 4.0 in UTF-8.");
    }
  }
  return payload;
}

/** Content that is asked for is served as asked or refused (row 66). */
function contentOf(channel: Channel): PayloadContent {
  const content = extensionOf(channel._payload, backport.payloadContent)?.valueCode;
  if (content === undefined) {
    throw new AdapterError("parameter_missing", {
      at: "Subscription.channel.payload.extension(backport-payload-content)",
    });
  }
  const known = payloadContents.find((word) => word === content);
  if (known !== undefined) return known;
  throw refuse(
    "channel.payload.extension(backport-payload-content)",
    `The content offered is ${payloadContents.join(", ")}.`,
  );
}

/** `Name: value` lines. Which headers may be set is the same rule as for webhooks. */
function headersOf(channel: Channel): Record<string, string> {
  const pairs = (channel.header ?? []).map((line) => {
    const colon = line.indexOf(":");
    if (colon <= 0) throw refuse("channel.header", "A header is written `Name: value`.");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const headers = Object.fromEntries(pairs);
  if (new Set(pairs.map(([name]) => name.toLowerCase())).size !== pairs.length) {
    throw refuse("channel.header", "A header is given twice.");
  }
  const problem = checkHeaders(headers);
  if (problem !== undefined) throw refuse("channel.header", `${problem}.`);
  return headers;
}

const longestHeartbeatSeconds = 7 * 24 * 3600;
const longestTimeoutSeconds = 30;

function heartbeatOf(channel: Channel): number | undefined {
  const seconds = extensionOf(channel, backport.heartbeatPeriod)?.valueUnsignedInt;
  if (seconds !== undefined && seconds > longestHeartbeatSeconds) {
    throw refuse("channel.extension(backport-heartbeat-period)", `At most ${longestHeartbeatSeconds} seconds.`);
  }
  // Row 94: none without one; a period of nothing is none.
  return seconds === 0 ? undefined : seconds;
}

function timeoutOf(channel: Channel): number {
  const seconds = extensionOf(channel, backport.timeout)?.valueUnsignedInt ?? 15;
  if (seconds < 1 || seconds > longestTimeoutSeconds) {
    throw refuse("channel.extension(backport-timeout)", `From 1 to ${longestTimeoutSeconds} seconds.`);
  }
  return seconds;
}

/**
 * Reads a Subscription that a client wants to have.
 * @param refuseUrl says by a fixed word why an endpoint may not be called
 * @throws AdapterError 400, with the element in `at`
 */
export function readSubscription(
  value: unknown,
  topics: readonly Topic[],
  refuseUrl: (url: string) => string | undefined,
  nowMs: number,
): SubscriptionRequest {
  const parsed = parse(value);
  const { channel, end } = parsed;
  if (channel.type !== "rest-hook" || extensionOf(channel._type, backport.channelType) !== undefined) {
    throw refuse("channel.type", "The channel offered is rest-hook.");
  }
  const refusal = refuseUrl(channel.endpoint);
  if (refusal !== undefined) throw refuse("channel.endpoint", `This address may not be called (${refusal}).`);
  if (end !== undefined && Date.parse(end) <= nowMs) throw refuse("end", "This lies in the past.");
  const heartbeatSeconds = heartbeatOf(channel);
  return {
    topic: topicOf(parsed, topics),
    wanted: parsed.status !== "off",
    endpoint: channel.endpoint,
    contentType: contentTypeOf(channel),
    content: contentOf(channel),
    headers: headersOf(channel),
    timeoutSeconds: timeoutOf(channel),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
    ...(end === undefined ? {} : { end }),
    resource: stored(parsed),
  };
}

/** Only elements that were read: what was not understood is not given back as if it were in force. */
function stored({ reason, criteria, contact, end, channel }: Parsed): SubscriptionRequest["resource"] {
  const known = (channel.extension ?? []).filter((entry) =>
    [backport.heartbeatPeriod, backport.timeout, backport.maxCount].some((url) => url === entry.url),
  );
  return {
    resourceType: "Subscription",
    reason,
    criteria,
    ...(contact === undefined ? {} : { contact }),
    ...(end === undefined ? {} : { end }),
    channel: {
      ...(known.length === 0 ? {} : { extension: known }),
      type: "rest-hook",
      endpoint: channel.endpoint,
      payload: channel.payload ?? "application/fhir+json",
      _payload: { extension: [{ url: backport.payloadContent, valueCode: contentOf(channel) }] },
    },
  };
}
