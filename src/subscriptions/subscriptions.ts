/** Subscriptions of one API client: make, read, change, end, search, status (Subscriptions R5 Backport 1.1 for R4). */
import type { Bundle, FhirResource, Subscription } from "fhir/r4.js";
import type { Audit } from "../audit/audit.ts";
import type { Principal } from "../core/access/principal.ts";
import type { EventType } from "../core/event/event.ts";
import { AdapterError } from "../core/errors.ts";
import { mayFollow, topicScope } from "../core/notification/entitlement.ts";
import { focusOf } from "../core/notification/focus.ts";
import type { NotifiedEvent } from "../core/notification/notification.ts";
import { notificationBundle, statusSearchset } from "../core/notification/notification.ts";
import type { SubscriptionOffer, SubscriptionRequest } from "../core/notification/subscription-request.ts";
import { readSubscription } from "../core/notification/subscription-request.ts";
import type { Topic } from "../core/notification/topic.ts";
import type { Pool } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import type { Waiters } from "../http/waiters.ts";
import { run } from "../db/query.ts";
import type { Channel, Channels } from "./endpoints.ts";
import type { EventsQuery } from "./fhir-request.ts";
import type { Stored } from "./state.ts";
import { statusOf, toResource, toState } from "./state.ts";
import type { SubscriptionRow } from "./store.ts";
import {
  countSubscriptions,
  deleteSubscription,
  insertSubscription,
  listSubscriptions,
  lockSubscription,
  readSubscriptionRow,
  updateSubscription,
} from "./store.ts";

export interface SubscriptionsDependencies {
  readonly pool: Pool;
  readonly channels: Channels;
  readonly topics: readonly Topic[];
  /** Our FHIR base, without a trailing slash. */
  readonly fhirBase: string;
  readonly audit: Pick<Audit, "record">;
  /** What is offered to a tenant's clients, besides topics. */
  readonly offerTo: (tenant: string) => Omit<SubscriptionOffer, "topics">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A fresh UUID. */
  readonly newId: () => string;
  /** The resource that an event is about, as it is now; undefined where there is none. */
  readonly resourceOf: (
    tenant: string,
    event: { readonly type: EventType; readonly job: string },
  ) => Promise<FhirResource | undefined>;
  readonly waiters: Waiters;
  /** A Subscription wants its handshake. */
  readonly wake: () => void;
}

export interface SubscriptionQuery {
  readonly ids?: readonly string[];
  readonly urls?: readonly string[];
  readonly statuses?: readonly string[];
  readonly criteria?: readonly string[];
}

export interface Subscriptions {
  create(principal: Principal, resource: unknown): Promise<Subscription>;
  read(principal: Principal, id: string): Promise<Subscription>;
  /** @param ifMatch header as given; weak and strong forms of the version are taken */
  update(principal: Principal, id: string, resource: unknown, ifMatch: string | undefined): Promise<Subscription>;
  remove(principal: Principal, id: string, ifMatch: string | undefined): Promise<void>;
  /** The caller's own, by what is asked. */
  find(principal: Principal, query: SubscriptionQuery): Promise<readonly Subscription[]>;
  /** Searchset of resources. @param self the search as its link says it */
  search(principal: Principal, query: SubscriptionQuery, self: string): Promise<Bundle>;
  /** History Bundle of what happened, status first (rows 115, 118, 119); waits for a first event where that is asked for. */
  events(principal: Principal, id: string, query: EventsQuery, signal: AbortSignal): Promise<Bundle>;
  /** Searchset of status Parameters; none named means all that the caller sees (row 112). */
  status(principal: Principal, query: Pick<SubscriptionQuery, "ids" | "statuses">): Promise<Bundle>;
}

/** One answer of $events; who wants the rest asks from the next number on. */
const mostEvents = 100;

/** More is most likely a program that creates one at every start. */
const mostPerClient = 100;

function asJson(request: SubscriptionRequest): string {
  return JSON.stringify(request.resource);
}

function matches(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || wanted.includes(value);
}

function checkVersion(row: SubscriptionRow, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  const version = /^(?:W\/)?"(\d+)"$/u.exec(ifMatch.trim())?.[1];
  if (version !== String(row.version)) throw new AdapterError("precondition_failed", { at: "If-Match" });
}

/** `$events` shows what happened whatever content was subscribed to, so the scope is asked for there too. */
function checkMayFollow({ scopes }: Principal, { focus }: Pick<Topic, "focus">): void {
  if (mayFollow(scopes, focus)) return;
  throw new AdapterError("forbidden", {
    message: `This topic needs the scope ${topicScope(focus)}, without a condition.`,
  });
}

class PostgresSubscriptions implements Subscriptions {
  readonly #deps: SubscriptionsDependencies;

  constructor(deps: SubscriptionsDependencies) {
    this.#deps = deps;
  }

  async create(principal: Principal, resource: unknown): Promise<Subscription> {
    const { tenant, actor } = principal;
    const request = this.#parse(principal, resource);
    if (!request.wanted)
      throw new AdapterError("parameter_invalid", {
        at: "Subscription.status",
        message: "A new Subscription is `requested`.",
      });
    const id = this.#deps.newId();
    const stored = await this.#deps.pool.transaction(tenant, async (tx) => {
      await this.#checkQuota(tx, tenant, actor.id);
      await this.#deps.channels.create(tx, tenant, id, this.#channel(id, actor.id, request));
      const params = [
        request.topic.name,
        asJson(request),
        request.heartbeatSeconds ?? null,
        request.end ?? null,
      ] as const;
      const [row] = await run(tx, insertSubscription, tenant, id, actor.id, "requested", ...params);
      await this.#record(principal, tx);
      return this.#withChannel(tenant, row, tx);
    });
    this.#deps.wake();
    return toResource(stored);
  }

  async read({ tenant, actor }: Principal, id: string): Promise<Subscription> {
    const [row] = await run(this.#deps.pool, readSubscriptionRow, tenant, id, actor.id);
    return toResource(await this.#withChannel(tenant, row));
  }

  async update(
    principal: Principal,
    id: string,
    resource: unknown,
    ifMatch: string | undefined,
  ): Promise<Subscription> {
    const { tenant, actor } = principal;
    const request = this.#parse(principal, resource);
    const stored = await this.#deps.pool.transaction(tenant, async (tx) => {
      const [row] = await run(tx, lockSubscription, tenant, id, actor.id);
      if (row === undefined) throw new AdapterError("not_found");
      checkVersion(row, ifMatch);
      this.#checkTopic(row, request);
      await this.#rechannel(tx, tenant, row, request);
      const status = request.wanted ? "requested" : "off";
      const params = [asJson(request), request.heartbeatSeconds ?? null, request.end ?? null] as const;
      const [changed] = await run(tx, updateSubscription, tenant, id, status, ...params);
      await this.#record(principal, tx);
      return this.#withChannel(tenant, changed, tx);
    });
    this.#deps.wake();
    return toResource(stored);
  }

  async remove(principal: Principal, id: string, ifMatch: string | undefined): Promise<void> {
    const { tenant, actor } = principal;
    await this.#deps.pool.transaction(tenant, async (tx) => {
      const [row] = await run(tx, lockSubscription, tenant, id, actor.id);
      if (row === undefined) throw new AdapterError("not_found");
      checkVersion(row, ifMatch);
      await run(tx, deleteSubscription, tenant, id);
      await this.#deps.channels.remove(tx, tenant, id);
      await this.#record(principal, tx);
    });
  }

  async find(principal: Principal, query: SubscriptionQuery): Promise<readonly Subscription[]> {
    return (await this.#find(principal, query)).map((stored) => toResource(stored));
  }

  async search(principal: Principal, query: SubscriptionQuery, self: string): Promise<Bundle> {
    const found = await this.find(principal, query);
    const url = `${this.#deps.fhirBase}/Subscription`;
    return {
      resourceType: "Bundle",
      id: this.#deps.newId(),
      type: "searchset",
      timestamp: new Date(this.#deps.now()).toISOString(),
      total: found.length,
      link: [{ relation: "self", url: self }],
      entry: found.map((one) => ({ fullUrl: `${url}/${one.id ?? ""}`, resource: one, search: { mode: "match" } })),
    };
  }

  async status(principal: Principal, query: Pick<SubscriptionQuery, "ids" | "statuses">): Promise<Bundle> {
    const found = await this.#find(principal, query);
    const states = found.map((stored) => ({
      id: this.#deps.newId(),
      state: toState(stored, this.#topicUrl(stored.row)),
    }));
    return statusSearchset(this.#deps.newId(), new Date(this.#deps.now()).toISOString(), states);
  }

  async events(principal: Principal, id: string, query: EventsQuery, signal: AbortSignal): Promise<Bundle> {
    const { channels, pool, fhirBase, now, newId, resourceOf, waiters } = this.#deps;
    const { tenant, actor } = principal;
    const range = { from: query.from, to: query.to, limit: mostEvents };
    const [row] = await run(pool, readSubscriptionRow, tenant, id, actor.id);
    await this.#withChannel(tenant, row);
    const topic = this.#deps.topics.find(({ name }) => name === row?.topic);
    if (topic !== undefined) checkMayFollow(principal, topic);
    const found = await waiters.poll({
      topic: "sequenced",
      key: "",
      user: `${tenant}/${actor.id}`,
      waitMs: query.waitMs,
      signal,
      read: async () => channels.events(tenant, id, range),
      isNews: (events) => events.length > 0,
    });
    // Read after the events: the count may run ahead of them, and never behind.
    const stored = await this.#withChannel(tenant, row);
    const content = query.content ?? stored.channel.channel.content;
    const events = found.map(async ({ number, event }): Promise<NotifiedEvent> => {
      const resource = content === "full-resource" ? await resourceOf(tenant, event) : undefined;
      const about = resource === undefined ? {} : { resource };
      return { number, time: event.time, focus: focusOf(event, fhirBase), ...about };
    });
    return notificationBundle({
      type: "query-event",
      subscription: toState(stored, this.#topicUrl(stored.row)),
      content,
      events: await Promise.all(events),
      ids: { bundle: newId(), status: newId() },
      timestamp: new Date(now()).toISOString(),
    });
  }

  /** A client has at most a hundred, so they are read whole: a derived status could not be searched for otherwise. */
  async #find({ tenant, actor }: Principal, query: SubscriptionQuery): Promise<readonly Stored[]> {
    const rows = await run(this.#deps.pool, listSubscriptions, tenant, actor.id);
    const channels = await this.#deps.channels.read(
      tenant,
      rows.map((row) => row.id),
    );
    const all = rows.flatMap((row): Stored[] => {
      const channel = channels.get(row.id);
      return channel === undefined ? [] : [{ row, channel }];
    });
    return all.filter(
      (stored) =>
        matches(query.ids, stored.row.id) &&
        matches(query.urls, stored.channel.channel.url) &&
        matches(query.statuses, statusOf(stored)) &&
        matches(query.criteria, this.#topicUrl(stored.row)),
    );
  }

  #parse(principal: Principal, resource: unknown): SubscriptionRequest {
    const { topics, offerTo, now } = this.#deps;
    const request = readSubscription(resource, { topics, ...offerTo(principal.tenant) }, now());
    checkMayFollow(principal, request.topic);
    return request;
  }

  #channel(id: string, owner: string, request: SubscriptionRequest): Channel {
    const { kind, endpoint: url, headers, contentType, content, filter, timeoutSeconds } = request;
    const subscription = `${this.#deps.fhirBase}/Subscription/${id}`;
    const timeoutMs = timeoutSeconds * 1000;
    const { name: topic } = request.topic;
    return { kind, url, headers, contentType, content, filter, topic, subscription, owner, timeoutMs };
  }

  /** Event numbers count what one topic brought: another topic is another Subscription. */
  #checkTopic(row: SubscriptionRow, request: SubscriptionRequest): void {
    if (row.topic === request.topic.name) return;
    throw new AdapterError("parameter_invalid", {
      at: "Subscription.criteria",
      message: "Make a new Subscription for another topic.",
    });
  }

  /** What has begun goes on being counted while the handshake is repeated; it is held until that succeeds. */
  async #rechannel(tx: Executor, tenant: string, row: SubscriptionRow, request: SubscriptionRequest): Promise<void> {
    const { channels } = this.#deps;
    const before = (await channels.read(tenant, [row.id], tx)).get(row.id)?.channel.kind;
    if (before !== undefined && before !== request.kind) {
      throw new AdapterError("parameter_invalid", {
        at: "Subscription.channel.type",
        message: "Make a new Subscription for another channel.",
      });
    }
    await channels.change(tx, tenant, row.id, this.#channel(row.id, row.client, request));
    if (!request.wanted) return channels.remove(tx, tenant, row.id);
    const state = (await channels.read(tenant, [row.id], tx)).get(row.id);
    if (state?.status === "active") await channels.suspend(tx, tenant, row.id, "handshake");
  }

  #topicUrl(row: SubscriptionRow): string {
    return this.#deps.topics.find((topic) => topic.name === row.topic)?.url ?? row.topic;
  }

  async #withChannel(tenant: string, row: SubscriptionRow | undefined, tx?: Executor): Promise<Stored> {
    const channel = row === undefined ? undefined : (await this.#deps.channels.read(tenant, [row.id], tx)).get(row.id);
    if (row === undefined || channel === undefined) throw new AdapterError("not_found");
    return { row, channel };
  }

  async #checkQuota(tx: Executor, tenant: string, client: string): Promise<void> {
    const [row] = await run(tx, countSubscriptions, tenant, client);
    if ((row?.count ?? 0) < mostPerClient) return;
    throw new AdapterError("throttled", {
      message: `A client has at most ${mostPerClient} Subscriptions; delete some.`,
    });
  }

  async #record({ tenant, actor }: Principal, tx: Executor): Promise<void> {
    await this.#deps.audit.record({ tenant, action: "subscription.change", outcome: "success", actor }, tx);
  }
}

export function createSubscriptions(deps: SubscriptionsDependencies): Subscriptions {
  return new PostgresSubscriptions(deps);
}
