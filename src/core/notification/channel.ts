/** The channel of a Subscription as a client asks for it: kind, address, payload, headers, pace (backport rows 60, 66, 90 to 98). */
import { z } from "zod";
import { checkHeaders } from "../delivery/headers.ts";
import { AdapterError } from "../errors.ts";
import type { SubscriptionExtension } from "./extension.ts";
import { extended, extension, extensionOf } from "./extension.ts";
import { backport } from "./names.ts";
import type { PayloadContent } from "./notification.ts";
import { payloadContents } from "./notification.ts";

/** Words of Subscription.channel.type that can be offered here. */
export const channelKinds = ["rest-hook", "websocket", "email"] as const;
export type ChannelKind = (typeof channelKinds)[number];

export const channelSchema = z.looseObject({
  type: z.string(),
  _type: extended.optional(),
  endpoint: z.string().max(2000).optional(),
  payload: z.string().max(200).optional(),
  _payload: extended.optional(),
  header: z.array(z.string().max(8192)).max(20).optional(),
  extension: z.array(extension).optional(),
});
type Asked = z.infer<typeof channelSchema>;

/** What may be asked for, and where to. */
export interface ChannelOffer {
  readonly channels: readonly ChannelKind[];
  /** Says by a fixed word why an address may not be called. */
  readonly refuseUrl: (url: string) => string | undefined;
  /** The same of an e-mail address. */
  readonly refuseAddress: (address: string) => string | undefined;
}

export interface ChannelRequest {
  readonly kind: ChannelKind;
  /** `https:`, `mailto:`; empty for a websocket, which comes from the client. */
  readonly endpoint: string;
  readonly contentType: string;
  readonly content: PayloadContent;
  readonly headers: Readonly<Record<string, string>>;
  readonly heartbeatSeconds?: number;
  readonly timeoutSeconds: number;
  /** As given: extensions that were read. */
  readonly extensions: readonly SubscriptionExtension[];
}

function refuse(at: string, message: string): AdapterError {
  return new AdapterError("parameter_invalid", { at: `Subscription.channel.${at}`, message });
}

function kindOf({ type, _type }: Asked, { channels }: ChannelOffer): ChannelKind {
  const kind = channels.find((one) => one === type);
  if (kind !== undefined && extensionOf(_type, backport.channelType) === undefined) return kind;
  throw refuse("type", `The channels offered are ${channels.join(", ")}.`);
}

function urlOf({ endpoint }: Asked, { refuseUrl }: ChannelOffer): string {
  if (endpoint === undefined) throw new AdapterError("parameter_missing", { at: "Subscription.channel.endpoint" });
  const refusal = refuseUrl(endpoint);
  if (refusal !== undefined) throw refuse("endpoint", `This address may not be called (${refusal}).`);
  return endpoint;
}

const address = z.email().max(254);

/** `mailto:` and one address, nothing behind it: subject and text are ours. */
function mailboxOf({ endpoint = "" }: Asked, { refuseAddress }: ChannelOffer): string {
  const given = address.safeParse(/^mailto:(?<address>[^?,]+)$/iu.exec(endpoint)?.groups?.["address"]);
  if (!given.success) throw refuse("endpoint", "An e-mail channel names one address: mailto:name@hospital.example.");
  const refusal = refuseAddress(given.data);
  if (refusal !== undefined) throw refuse("endpoint", `This address may not be written to (${refusal}).`);
  return `mailto:${given.data}`;
}

function endpointOf(kind: ChannelKind, asked: Asked, offer: ChannelOffer): string {
  switch (kind) {
    case "rest-hook":
      return urlOf(asked, offer);
    case "email":
      return mailboxOf(asked, offer);
    case "websocket":
      if (asked.endpoint === undefined) return "";
      throw refuse("endpoint", "A websocket comes from the client: it has no address to send to.");
  }
}

const fhirTypes: ReadonlySet<string> = new Set(["application/fhir+json", "application/json"]);

/** channel.payload as it is sent. A FHIR version other than R4 is refused (row 90). */
function fhirContentType(payload = "application/fhir+json"): string {
  const [type = "", ...parameters] = payload.split(";").map((part) => part.trim().toLowerCase());
  if (!fhirTypes.has(type)) throw refuse("payload", "Notifications are sent as application/fhir+json.");
  if (parameters.some((parameter) => !["fhirversion=4.0", "charset=utf-8"].includes(parameter)))
    throw refuse("payload", "Notifications are FHIR 4.0 in UTF-8.");
  return payload;
}

/** By e-mail a person reads the text; a program may have the Bundle beside it (backport, channels, email). */
export const attachedBundle = "text/plain;attach=application/fhir+json";

function mailContentType(payload = "text/plain"): string {
  const asked = payload.replaceAll(" ", "").toLowerCase();
  if (asked === "text/plain" || asked === attachedBundle) return asked;
  throw refuse("payload", `An e-mail is text/plain or ${attachedBundle}.`);
}

/** Content that is asked for is served as asked or refused (row 66). */
function contentOf(kind: ChannelKind, { _payload }: Asked): PayloadContent {
  const at = "payload.extension(backport-payload-content)";
  const asked = extensionOf(_payload, backport.payloadContent)?.valueCode;
  if (asked === undefined) throw new AdapterError("parameter_missing", { at: `Subscription.channel.${at}` });
  // The id of a job names a patient's stay to whoever has access here: in the open not even that is said.
  const offered = kind === "email" ? (["empty"] as const) : payloadContents;
  const known = offered.find((word) => word === asked);
  if (known !== undefined) return known;
  throw refuse(at, `The content offered is ${offered.join(", ")}.`);
}

/** `Name: value` lines. Which headers may be set is the same rule as for webhooks; the other channels have none. */
function headersOf(kind: ChannelKind, { header = [] }: Asked): Record<string, string> {
  if (kind !== "rest-hook" && header.length > 0) throw refuse("header", "Headers are for rest-hook.");
  const pairs = header.map((line) => {
    const colon = line.indexOf(":");
    if (colon <= 0) throw refuse("header", "A header is written `Name: value`.");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const headers = Object.fromEntries(pairs);
  if (new Set(pairs.map(([name]) => name.toLowerCase())).size !== pairs.length)
    throw refuse("header", "A header is given twice.");
  const problem = checkHeaders(headers);
  if (problem !== undefined) throw refuse("header", `${problem}.`);
  return headers;
}

const longestHeartbeatSeconds = 7 * 24 * 3600;
/** Nobody reads a mailbox that fills by the minute. */
const shortestMailHeartbeatSeconds = 3600;
const longestTimeoutSeconds = 30;

function heartbeatOf(kind: ChannelKind, asked: Asked): number | undefined {
  const at = "extension(backport-heartbeat-period)";
  const seconds = extensionOf(asked, backport.heartbeatPeriod)?.valueUnsignedInt;
  // Row 94: none without one; a period of nothing is none.
  if (seconds === undefined || seconds === 0) return undefined;
  if (seconds > longestHeartbeatSeconds) throw refuse(at, `At most ${longestHeartbeatSeconds} seconds.`);
  if (kind === "email" && seconds < shortestMailHeartbeatSeconds)
    throw refuse(at, `By e-mail at least ${shortestMailHeartbeatSeconds} seconds.`);
  return seconds;
}

function timeoutOf(asked: Asked): number {
  const seconds = extensionOf(asked, backport.timeout)?.valueUnsignedInt ?? 15;
  if (seconds >= 1 && seconds <= longestTimeoutSeconds) return seconds;
  throw refuse("extension(backport-timeout)", `From 1 to ${longestTimeoutSeconds} seconds.`);
}

const readExtensions: ReadonlySet<string> = new Set([backport.heartbeatPeriod, backport.timeout, backport.maxCount]);

/** Reads the channel. Throws AdapterError 400, with the element in `at`. */
export function readChannel(asked: Asked, offer: ChannelOffer): ChannelRequest {
  const kind = kindOf(asked, offer);
  const heartbeatSeconds = heartbeatOf(kind, asked);
  return {
    kind,
    endpoint: endpointOf(kind, asked, offer),
    contentType: kind === "email" ? mailContentType(asked.payload) : fhirContentType(asked.payload),
    content: contentOf(kind, asked),
    headers: headersOf(kind, asked),
    timeoutSeconds: timeoutOf(asked),
    ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }),
    extensions: (asked.extension ?? []).filter(({ url }) => readExtensions.has(url)),
  };
}
