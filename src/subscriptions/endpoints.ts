/** What subscriptions need of whoever sends: an endpoint for each channel. Declared here, composed in app.ts. */
import type { DataFilter } from "../core/delivery/data-filter.ts";
import type { EventType } from "../core/event/event.ts";
import type { ChannelKind } from "../core/notification/channel.ts";
import type { PayloadContent } from "../core/notification/notification.ts";
import type { Executor } from "../db/query.ts";

export interface Channel {
  readonly kind: ChannelKind;
  /** `https:`, `mailto:`; empty for a websocket. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly content: PayloadContent;
  /** Name of the topic. */
  readonly topic: string;
  /** What an event must say besides being of the topic. */
  readonly filter: DataFilter;
  /** Absolute URL of the Subscription. */
  readonly subscription: string;
  /** API client whose it is. */
  readonly owner?: string;
  readonly timeoutMs: number;
}

export interface ChannelState {
  readonly channel: Channel;
  readonly status: "pending" | "active" | "disabled" | "removed";
  /** Why it does not work at present, in a fixed word. */
  readonly trouble?: string;
  /** Events since the subscription began. */
  readonly events: number;
  /** Milliseconds since 1970; 0 for never. */
  readonly lastContactMs: number;
}

export interface ChannelEvent {
  /** From 1, gapless within the subscription. */
  readonly number: number;
  readonly event: { readonly id: string; readonly type: EventType; readonly job: string; readonly time: string };
}

export interface ChannelNotification {
  readonly type: "handshake" | "heartbeat";
  readonly topicTitle: string;
  /** A Bundle as JSON. */
  readonly body: Uint8Array;
  /** Of the Bundle. */
  readonly id: string;
}

export interface Channels {
  create(tx: Executor, tenant: string, id: string, channel: Channel): Promise<void>;
  change(tx: Executor, tenant: string, id: string, channel: Channel): Promise<void>;
  activate(tx: Executor, tenant: string, id: string): Promise<void>;
  suspend(tx: Executor, tenant: string, id: string, reason: string): Promise<void>;
  remove(tx: Executor, tenant: string, id: string): Promise<void>;
  read(tenant: string, ids: readonly string[], tx?: Executor): Promise<ReadonlyMap<string, ChannelState>>;
  /** Events by number, from `from` to `to`, both included, at most `limit`; sent or not. */
  events(
    tenant: string,
    id: string,
    range: { readonly from: number; readonly to: number; readonly limit: number },
  ): Promise<readonly ChannelEvent[]>;
  /** Undefined when it got through, or where the channel comes from the client; else a fixed word. */
  send(tenant: string, id: string, notification: ChannelNotification): Promise<string | undefined>;
}
