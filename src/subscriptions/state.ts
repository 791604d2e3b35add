/** From rows to what a client sees: the Subscription resource, and its state as $status and notifications tell it. */
import type { Subscription } from "fhir/r4.js";
import { backport } from "../core/notification/names.ts";
import type { SubscriptionState, SubscriptionStatus } from "../core/notification/notification.ts";
import type { ChannelState } from "./endpoints.ts";
import type { SubscriptionRow } from "./store.ts";

/** A Subscription with its channel. */
export interface Stored {
  readonly row: SubscriptionRow;
  readonly channel: ChannelState;
}

/** Why it is not working: what the last handshake or heartbeat met, or what its deliveries meet. */
function errorOf({ row, channel }: Stored): string | undefined {
  if (row.status === "requested") return undefined;
  // Off stays off; why it was switched off, where its owner did not ask for that.
  if (row.status === "off") return row.error ?? undefined;
  return row.error ?? channel.trouble;
}

/** Rows 77 to 79: an active subscription whose channel fails says so, and goes on counting. */
export function statusOf(stored: Stored): SubscriptionStatus {
  const failing = stored.row.status === "active" && errorOf(stored) !== undefined;
  return failing ? "error" : stored.row.status;
}

/** @param topicUrl canonical of the subscription's topic */
export function toState(stored: Stored, topicUrl: string): SubscriptionState {
  const error = errorOf(stored);
  return {
    url: stored.channel.channel.subscription,
    topic: topicUrl,
    status: statusOf(stored),
    eventsSinceStart: stored.channel.events,
    ...(error === undefined ? {} : { error }),
  };
}

/** The resource as its owner reads it, headers included: they are the owner's own. */
export function toResource(stored: Stored): Subscription {
  const { row, channel } = stored;
  const resource = row.resource as Omit<Subscription, "id" | "meta" | "status">;
  const error = errorOf(stored);
  const header = Object.entries(channel.channel.headers).map(([name, value]) => `${name}: ${value}`);
  return {
    ...resource,
    id: row.id,
    meta: {
      versionId: String(row.version),
      lastUpdated: row.updated_at.toISOString(),
      profile: [backport.subscriptionProfile],
    },
    status: statusOf(stored),
    ...(error === undefined ? {} : { error }),
    channel: { ...resource.channel, ...(header.length === 0 ? {} : { header }) },
  };
}
