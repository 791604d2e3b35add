/**
 * Keeps Subscriptions going: handshakes, heartbeats, and their end. Durable: what is due stands in the row, so a replica that
 * dies in between leaves it to another.
 */
import { notificationIds } from "../core/notification/ids.ts";
import { notificationBundle } from "../core/notification/notification.ts";
import type { Topic } from "../core/notification/topic.ts";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import { runSystem } from "../db/system.ts";
import type { Loop } from "../events/loop.ts";
import { startLoop } from "../events/loop.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import type { Log } from "../telemetry/log.ts";
import type { Channels } from "./endpoints.ts";
import type { OwnersDependencies } from "./owners.ts";
import { endUnentitled } from "./owners.ts";
import type { Stored } from "./state.ts";
import { toState } from "./state.ts";
import type { SubscriptionRow } from "./store.ts";
import { claimSubscription, dueSubscriptions, settleSubscription } from "./store.ts";

export interface KeeperDependencies extends Pick<OwnersDependencies, "served" | "lossOf"> {
  readonly pool: Pool;
  readonly channels: Channels;
  readonly topics: readonly Topic[];
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Default 1,000. */
  readonly pollMs?: number;
}

/** Longer than any handshake may take, so that none is made twice. */
const leaseSeconds = 60;
const batch = 50;
/** Settings that change are looked at when they do; this is for what was asked for meanwhile of a replica that had the old ones. */
const ownersMs = 60_000;

export class Keeper {
  readonly #deps: KeeperDependencies;
  #loop: Loop | undefined;
  #owners: Loop | undefined;

  constructor(deps: KeeperDependencies) {
    this.#deps = deps;
  }

  start(): void {
    const onError = (thrown: unknown): void => this.#deps.log.error("subscription.sweep_failed", errorFields(thrown));
    this.#loop = startLoop({ turn: async () => this.#turn(), pollMs: this.#deps.pollMs ?? 1000, onError });
    this.#owners = startLoop({ turn: async () => this.#judgeOwners(), pollMs: ownersMs, onError });
  }

  /** API clients, or their scopes, have changed. */
  ownersChanged(): void {
    this.#owners?.wake();
  }

  /** A Subscription was made or changed. */
  wake(): void {
    this.#loop?.wake();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#loop?.stop(), this.#owners?.stop()]);
  }

  async #judgeOwners(): Promise<boolean> {
    for (const tenant of this.#deps.served()) await endUnentitled(this.#deps, tenant);
    return false;
  }

  /** All that are due at once: one that hangs must not hold up the others. */
  async #turn(): Promise<boolean> {
    const due = await runSystem(this.#deps.pool, dueSubscriptions, batch);
    await Promise.all(due.map(async ({ tenant, subscription }) => this.#keep(tenant, subscription)));
    return due.length === batch;
  }

  async #keep(tenant: string, id: string): Promise<void> {
    const [row] = await run(this.#deps.pool, claimSubscription, tenant, id, leaseSeconds);
    const channel = row === undefined ? undefined : (await this.#deps.channels.read(tenant, [id])).get(id);
    if (row === undefined || channel === undefined) return;
    // Nobody is greeted who may not be told: the next look at owners switches it off.
    if (this.#deps.lossOf(tenant, row.client, row.topic) !== undefined) return this.ownersChanged();
    if (row.end_at !== null && row.end_at.getTime() <= this.#deps.now()) return this.#end(tenant, row);
    if (row.status === "requested") return this.#handshake(tenant, { row, channel });
    if (row.status === "active") return this.#heartbeat(tenant, { row, channel });
    await this.#settle(tenant, row, row.status, row.error);
  }

  /** Rows 20, 21, 30, 31: active when the endpoint takes the handshake, in error when it does not. */
  async #handshake(tenant: string, stored: Stored): Promise<void> {
    const trouble = await this.#send(tenant, stored, "handshake");
    const { row } = stored;
    await this.#deps.pool.transaction(tenant, async (tx) => {
      const status = trouble === undefined ? "active" : "error";
      const next = this.#nextCheck(row, this.#deps.now(), status);
      const settled = await run(tx, settleSubscription, tenant, row.id, row.version, status, trouble ?? null, next);
      // Changed by its owner meanwhile: the handshake was for something else, and is due again.
      if (settled.length > 0 && trouble === undefined) await this.#deps.channels.activate(tx, tenant, row.id);
    });
    this.#deps.log.info("subscription.handshake", {
      tenant,
      subscription: row.id,
      outcome: trouble === undefined ? "active" : "error",
      code: trouble,
    });
  }

  /** Rows 93 and 94: sent when nothing else has been for the period that the subscriber asked for. */
  async #heartbeat(tenant: string, stored: Stored): Promise<void> {
    const { row, channel } = stored;
    const periodMs = (row.heartbeat_seconds ?? 0) * 1000;
    const nowMs = this.#deps.now();
    // A suspended channel gets no heartbeat: it is in error, and its owner says when it is back.
    // What comes over websockets is sent where they are held.
    const isOwed = periodMs > 0 && channel.status === "active" && channel.channel.kind !== "websocket";
    if (!isOwed) return this.#settle(tenant, row, "active", row.error);
    if (channel.lastContactMs + periodMs > nowMs)
      return this.#settle(tenant, row, "active", row.error, channel.lastContactMs);
    const trouble = await this.#send(tenant, stored, "heartbeat");
    await this.#settle(tenant, row, "active", trouble ?? null);
  }

  async #end(tenant: string, row: SubscriptionRow): Promise<void> {
    await this.#deps.pool.transaction(tenant, async (tx) => {
      const settled = await run(tx, settleSubscription, tenant, row.id, row.version, "off", null, null);
      if (settled.length > 0) await this.#deps.channels.remove(tx, tenant, row.id);
    });
    this.#deps.log.info("subscription.ended", { tenant, subscription: row.id });
  }

  /** @param fromMs what the next heartbeat is counted from */
  async #settle(
    tenant: string,
    row: SubscriptionRow,
    status: SubscriptionRow["status"],
    error: string | null,
    fromMs: number = this.#deps.now(),
  ): Promise<void> {
    const next = this.#nextCheck(row, fromMs, status);
    await run(this.#deps.pool, settleSubscription, tenant, row.id, row.version, status, error, next);
  }

  /** The next heartbeat or the end, whichever comes first; null when neither is owed. */
  #nextCheck(row: SubscriptionRow, fromMs: number, status: SubscriptionRow["status"]): string | null {
    const beats = status === "active" && row.heartbeat_seconds !== null;
    const next = Math.min(
      beats ? fromMs + (row.heartbeat_seconds ?? 0) * 1000 : Number.POSITIVE_INFINITY,
      row.end_at === null || status === "off" ? Number.POSITIVE_INFINITY : row.end_at.getTime(),
    );
    return Number.isFinite(next) ? new Date(next).toISOString() : null;
  }

  async #send(tenant: string, stored: Stored, type: "handshake" | "heartbeat"): Promise<string | undefined> {
    const topic = this.#deps.topics.find(({ name }) => name === stored.row.topic);
    if (topic === undefined) return "topic_gone";
    const timestamp = new Date(this.#deps.now()).toISOString();
    const state = toState(stored, topic.url);
    const ids = notificationIds(state.url, `${type} ${timestamp}`);
    const { content } = stored.channel.channel;
    const bundle = notificationBundle({ type, subscription: state, content, events: [], ids, timestamp });
    const body = Buffer.from(JSON.stringify(bundle));
    return this.#deps.channels.send(tenant, stored.row.id, { type, topicTitle: topic.title, body, id: ids.bundle });
  }
}
