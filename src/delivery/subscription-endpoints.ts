/** The endpoints behind FHIR Subscriptions: what subscriptions/ asks of delivery, so that there is no second sender. */
import type { DataFilter } from "../core/delivery/data-filter.ts";
import type { EventType } from "../core/event/event.ts";
import type { ChannelKind } from "../core/notification/channel.ts";
import type { PayloadContent } from "../core/notification/notification.ts";
import type { NotificationMailInput } from "../core/notification/notification-mail.ts";
import { mailboxOf, notificationMail } from "../core/notification/notification-mail.ts";
import { retryAfterCeilingMs } from "../core/retry/retry-after.ts";
import type { Pool } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import { insertEndpoint, releaseHeld } from "./apply-store.ts";
import type { EndpointSecrets, EndpointSettings, SubscriptionSettings } from "./endpoint.ts";
import { endpointSecrets, endpointSettings, sealContext } from "./endpoint.ts";
import { exchange } from "./exchange.ts";
import type { Post } from "./exchange.ts";
import { holdPending } from "./lane-store.ts";
import type { SendMail } from "./send-mail.ts";
import type { ChannelRow } from "./subscription-store.ts";
import { changeChannel, noteContact, readChannelEvents, readChannels, setChannelStatus } from "./subscription-store.ts";

/** What a subscriber may choose about its channel. */
export interface SubscriptionChannel {
  readonly kind: ChannelKind;
  /** `https:`, `mailto:`; empty for a websocket. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly content: PayloadContent;
  readonly topic: string;
  /** What an event must say besides being of the topic. */
  readonly filter: DataFilter;
  /** Absolute URL of the Subscription. */
  readonly subscription: string;
  /** API client whose it is. */
  readonly owner?: string;
  readonly timeoutMs: number;
}

export interface SubscriptionChannelState {
  readonly channel: SubscriptionChannel;
  /** `disabled`: events are counted and held. */
  readonly status: "pending" | "active" | "disabled" | "removed";
  /** Why it does not work at present, in a fixed word. */
  readonly trouble?: string;
  /** Since the subscription began; deliveries, handshakes and heartbeats are not counted. */
  readonly events: number;
  /** When something got through last, milliseconds since 1970; 0 for never. */
  readonly lastContactMs: number;
}

export interface EventRange {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

/** One event of a subscription, whether it was sent or not. */
export interface ChannelEvent {
  readonly number: number;
  readonly event: { readonly id: string; readonly type: EventType; readonly job: string; readonly time: string };
}

export interface SubscriptionEndpoints {
  /** Makes an endpoint that gets no events yet. */
  create(tx: Executor, tenant: string, id: string, channel: SubscriptionChannel): Promise<void>;
  change(tx: Executor, tenant: string, id: string, channel: SubscriptionChannel): Promise<void>;
  /** From now on events go out; what was held meanwhile first. */
  activate(tx: Executor, tenant: string, id: string): Promise<void>;
  /** Events go on being counted, and are held. */
  suspend(tx: Executor, tenant: string, id: string, reason: string): Promise<void>;
  /** Nothing is counted or sent any more. */
  remove(tx: Executor, tenant: string, id: string): Promise<void>;
  read(tenant: string, ids: readonly string[], tx?: Executor): Promise<ReadonlyMap<string, SubscriptionChannelState>>;
  /** Events by number, from `from` to `to`, both included, at most `limit`. */
  events(tenant: string, id: string, range: EventRange): Promise<readonly ChannelEvent[]>;
  /**
   * Sends a handshake or a heartbeat once. Returns undefined when it got through, else a fixed word. Nothing is sent where the
   * channel comes from the client.
   */
  send(tenant: string, id: string, notification: Notification): Promise<string | undefined>;
}

export interface Notification extends Pick<NotificationMailInput, "type" | "topicTitle"> {
  /** A Bundle as JSON. */
  readonly body: Uint8Array;
  /** The same on each attempt. */
  readonly id: string;
}

export interface SubscriptionEndpointDependencies {
  readonly pool: Pool;
  readonly sealer: Sealer;
  readonly post: (tenant: string) => Post | undefined;
  /** Undefined where there is no mail server. */
  readonly mail: SendMail | undefined;
}

const endpointKinds = { "rest-hook": "fhir-rest-hook", websocket: "fhir-websocket", email: "fhir-email" } as const;
const channelKinds = { "fhir-rest-hook": "rest-hook", "fhir-websocket": "websocket", "fhir-email": "email" } as const;

/** Requests, and mails: a mailbox is read by a person. */
const ratePerSecond = { "rest-hook": 50, websocket: 50, email: 1 } as const;

/** Pace and patience of every subscription; the standard lets the subscriber choose the time-out alone. */
function toSettings(channel: SubscriptionChannel): SubscriptionSettings {
  const { kind, url, timeoutMs, subscription, owner, topic, content, contentType, filter } = channel;
  return {
    kind: endpointKinds[kind],
    ...(owner === undefined ? {} : { owner }),
    filter,
    url,
    timeoutMs,
    subscription,
    topic,
    content,
    contentType,
    // One at a time keeps event numbers in sequence (row 103) for as long as all goes well; a retry may be overtaken.
    ordering: "none",
    concurrency: 1,
    ratePerSecond: ratePerSecond[kind],
    retry: { preset: "standard" },
    breaker: { failures: 5, openMs: 60_000 },
    retryAfterCeilingMs,
    orderingMaxWaitMs: 0,
    // A subscriber that cannot be reached for one whole schedule is in error by the rules of FHIR, whatever the clock says.
    disableAfterMs: 0,
  };
}

function seal(sealer: Sealer, tenant: string, id: string, { headers }: SubscriptionChannel): Buffer {
  const secrets: EndpointSecrets = { signing: [], headers };
  return sealJson(sealer, secrets, sealContext(tenant, id));
}

function toChannel(settings: SubscriptionSettings, headers: SubscriptionChannel["headers"]): SubscriptionChannel {
  const { kind, url, timeoutMs, subscription, owner, topic, content, contentType, filter } = settings;
  const told = { kind: channelKinds[kind], url, headers, contentType, content, topic, filter, subscription, timeoutMs };
  return owner === undefined ? told : { ...told, owner };
}

function toState(sealer: Sealer, tenant: string, row: ChannelRow): SubscriptionChannelState | undefined {
  const settings: EndpointSettings = endpointSettings.parse(row.settings);
  if (settings.kind === "webhook") return undefined;
  const opened = row.sealed === null ? {} : openJson(sealer, row.sealed, sealContext(tenant, row.id));
  const { headers } = endpointSecrets.parse(opened);
  const failing = row.circuit === "closed" ? undefined : "not_reachable";
  const trouble = row.status === "disabled" ? (row.reason ?? "disabled") : failing;
  return {
    channel: toChannel(settings, headers),
    status: row.status,
    ...(trouble === undefined ? {} : { trouble }),
    events: row.events,
    lastContactMs: row.last_success_ms,
  };
}

/** One POST. Returns a fixed word where it was not taken. */
async function postOnce(
  post: Post | undefined,
  { url, timeoutMs, headers, contentType }: SubscriptionChannel,
  { body }: Notification,
): Promise<string | undefined> {
  if (post === undefined) return "not_configured";
  const request = { url, timeoutMs, body, headers: { ...headers, "content-type": contentType } };
  const came = await exchange(post, request, new AbortController().signal);
  if (came.kind === "failure") return came.failure;
  return came.status >= 200 && came.status < 300 ? undefined : `http_${came.status}`;
}

/** One mail. Returns a fixed word where the mail server did not take it. */
async function mailOnce(
  mail: SendMail | undefined,
  channel: SubscriptionChannel,
  { body, id, type, topicTitle }: Notification,
): Promise<string | undefined> {
  if (mail === undefined) return "not_configured";
  const { subscription, contentType } = channel;
  const told = notificationMail({ type, topicTitle, subscription, contentType, bundle: Buffer.from(body).toString() });
  const came = await mail({ ...told, to: mailboxOf(channel.url), id });
  return came.kind === "sent" ? undefined : came.code;
}

export function createSubscriptionEndpoints({
  pool,
  sealer,
  post,
  mail,
}: SubscriptionEndpointDependencies): SubscriptionEndpoints {
  const read: SubscriptionEndpoints["read"] = async (tenant, ids, tx = pool) => {
    const rows = await run(tx, readChannels, tenant, ids);
    const states = rows.map((row) => [row.id, toState(sealer, tenant, row)] as const);
    return new Map(states.flatMap(([id, state]) => (state === undefined ? [] : [[id, state] as const])));
  };
  return {
    read,
    async create(tx, tenant, id, channel) {
      const settings = JSON.stringify(toSettings(channel));
      const sealed = seal(sealer, tenant, id, channel);
      const kind = endpointKinds[channel.kind];
      await run(tx, insertEndpoint, tenant, id, kind, "subscription", "pending", settings, null, sealed);
    },
    async change(tx, tenant, id, channel) {
      const settings = JSON.stringify(toSettings(channel));
      await run(tx, changeChannel, tenant, id, settings, seal(sealer, tenant, id, channel));
    },
    async activate(tx, tenant, id) {
      await run(tx, setChannelStatus, tenant, id, "active", null);
      await run(tx, releaseHeld, tenant, id);
    },
    async suspend(tx, tenant, id, reason) {
      await run(tx, setChannelStatus, tenant, id, "disabled", reason);
      await run(tx, holdPending, tenant, id, "endpoint_disabled", null);
    },
    async remove(tx, tenant, id) {
      await run(tx, setChannelStatus, tenant, id, "removed", null);
      await run(tx, holdPending, tenant, id, "endpoint_removed", null);
    },
    async events(tenant, id, { from, to, limit }) {
      const rows = await run(pool, readChannelEvents, tenant, id, from, to, limit);
      return rows.map(({ sequence, type, at, ...event }) => ({
        number: sequence,
        event: { ...event, type: type as EventType, time: at.toISOString() },
      }));
    },
    async send(tenant, id, notification) {
      const channel = (await read(tenant, [id])).get(id)?.channel;
      if (channel === undefined) return "not_configured";
      if (channel.kind === "websocket") return undefined;
      const trouble =
        channel.kind === "email"
          ? await mailOnce(mail, channel, notification)
          : await postOnce(post(tenant), channel, notification);
      if (trouble === undefined) await run(pool, noteContact, tenant, id);
      return trouble;
    },
  };
}
