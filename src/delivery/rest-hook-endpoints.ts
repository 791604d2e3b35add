/** The endpoints behind FHIR Subscriptions: what subscriptions/ asks of delivery, so that there is no second sender. */
import type { EventType } from "../core/event/event.ts";
import type { PayloadContent } from "../core/notification/notification.ts";
import { retryAfterCeilingMs } from "../core/retry/retry-after.ts";
import type { Pool } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import { insertEndpoint, releaseHeld } from "./apply-store.ts";
import type { EndpointSecrets, RestHookSettings } from "./endpoint.ts";
import { endpointSecrets, endpointSettings, sealContext } from "./endpoint.ts";
import { exchange } from "./exchange.ts";
import type { Post } from "./exchange.ts";
import { holdPending } from "./lane-store.ts";
import type { RestHookRow } from "./rest-hook-store.ts";
import {
  changeRestHook,
  noteContact,
  readRestHookEvents,
  readRestHooks,
  setRestHookStatus,
} from "./rest-hook-store.ts";

/** What a subscriber may choose about its channel. */
export interface RestHookChannel {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly content: PayloadContent;
  readonly topic: string;
  /** Absolute URL of the Subscription. */
  readonly subscription: string;
  readonly timeoutMs: number;
}

export interface RestHookState {
  readonly channel: RestHookChannel;
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
export interface RestHookEvent {
  readonly number: number;
  readonly event: { readonly id: string; readonly type: EventType; readonly job: string; readonly time: string };
}

export interface RestHookEndpoints {
  /** Makes an endpoint that gets no events yet. */
  create(tx: Executor, tenant: string, id: string, channel: RestHookChannel): Promise<void>;
  change(tx: Executor, tenant: string, id: string, channel: RestHookChannel): Promise<void>;
  /** From now on events go out; what was held meanwhile first. */
  activate(tx: Executor, tenant: string, id: string): Promise<void>;
  /** Events go on being counted, and are held. */
  suspend(tx: Executor, tenant: string, id: string, reason: string): Promise<void>;
  /** Nothing is counted or sent any more. */
  remove(tx: Executor, tenant: string, id: string): Promise<void>;
  read(tenant: string, ids: readonly string[], tx?: Executor): Promise<ReadonlyMap<string, RestHookState>>;
  /** Events by number, from `from` to `to`, both included, at most `limit`. */
  events(tenant: string, id: string, range: EventRange): Promise<readonly RestHookEvent[]>;
  /** Sends a handshake or a heartbeat once. Returns undefined when it got through, else a fixed word. */
  send(tenant: string, id: string, body: Uint8Array): Promise<string | undefined>;
}

export interface RestHookEndpointDependencies {
  readonly pool: Pool;
  readonly sealer: Sealer;
  readonly post: (tenant: string) => Post | undefined;
}

/** Pace and patience of every subscription; the standard lets the subscriber choose the time-out alone. */
function toSettings(channel: RestHookChannel): RestHookSettings {
  const { url, timeoutMs, subscription, topic, content, contentType } = channel;
  return {
    kind: "fhir-rest-hook",
    url,
    timeoutMs,
    subscription,
    topic,
    content,
    contentType,
    // One at a time keeps event numbers in sequence (row 103) for as long as all goes well; a retry may be overtaken.
    ordering: "none",
    concurrency: 1,
    ratePerSecond: 50,
    retry: { preset: "standard" },
    breaker: { failures: 5, openMs: 60_000 },
    retryAfterCeilingMs,
    orderingMaxWaitMs: 0,
    // A subscriber that cannot be reached for one whole schedule is in error by the rules of FHIR, whatever the clock says.
    disableAfterMs: 0,
  };
}

function seal(sealer: Sealer, tenant: string, id: string, { headers }: RestHookChannel): Buffer {
  const secrets: EndpointSecrets = { signing: [], headers };
  return sealJson(sealer, secrets, sealContext(tenant, id));
}

function toState(sealer: Sealer, tenant: string, row: RestHookRow): RestHookState | undefined {
  const settings = endpointSettings.parse(row.settings);
  if (settings.kind !== "fhir-rest-hook") return undefined;
  const opened = row.sealed === null ? {} : openJson(sealer, row.sealed, sealContext(tenant, row.id));
  const { headers } = endpointSecrets.parse(opened);
  const { url, timeoutMs, subscription, topic, content, contentType } = settings;
  const failing = row.circuit === "closed" ? undefined : "not_reachable";
  const trouble = row.status === "disabled" ? (row.reason ?? "disabled") : failing;
  return {
    channel: { url, headers, contentType, content, topic, subscription, timeoutMs },
    status: row.status,
    ...(trouble === undefined ? {} : { trouble }),
    events: row.events,
    lastContactMs: row.last_success_ms,
  };
}

export function createRestHookEndpoints({ pool, sealer, post }: RestHookEndpointDependencies): RestHookEndpoints {
  const read: RestHookEndpoints["read"] = async (tenant, ids, tx = pool) => {
    const rows = await run(tx, readRestHooks, tenant, ids);
    const states = rows.map((row) => [row.id, toState(sealer, tenant, row)] as const);
    return new Map(states.flatMap(([id, state]) => (state === undefined ? [] : [[id, state] as const])));
  };
  return {
    read,
    async create(tx, tenant, id, channel) {
      const settings = JSON.stringify(toSettings(channel));
      const sealed = seal(sealer, tenant, id, channel);
      await run(tx, insertEndpoint, tenant, id, "fhir-rest-hook", "subscription", "pending", settings, null, sealed);
    },
    async change(tx, tenant, id, channel) {
      const settings = JSON.stringify(toSettings(channel));
      await run(tx, changeRestHook, tenant, id, settings, seal(sealer, tenant, id, channel));
    },
    async activate(tx, tenant, id) {
      await run(tx, setRestHookStatus, tenant, id, "active", null);
      await run(tx, releaseHeld, tenant, id);
    },
    async suspend(tx, tenant, id, reason) {
      await run(tx, setRestHookStatus, tenant, id, "disabled", reason);
      await run(tx, holdPending, tenant, id, "endpoint_disabled", null);
    },
    async remove(tx, tenant, id) {
      await run(tx, setRestHookStatus, tenant, id, "removed", null);
      await run(tx, holdPending, tenant, id, "endpoint_removed", null);
    },
    async events(tenant, id, { from, to, limit }) {
      const rows = await run(pool, readRestHookEvents, tenant, id, from, to, limit);
      return rows.map(({ sequence, type, at, ...event }) => ({
        number: sequence,
        event: { ...event, type: type as EventType, time: at.toISOString() },
      }));
    },
    async send(tenant, id, body) {
      const channel = (await read(tenant, [id])).get(id)?.channel;
      const send = post(tenant);
      if (channel === undefined || send === undefined) return "not_configured";
      const { url, timeoutMs, headers, contentType } = channel;
      const request = { url, timeoutMs, body, headers: { ...headers, "content-type": contentType } };
      const came = await exchange(send, request, new AbortController().signal);
      if (came.kind === "failure") return came.failure;
      if (came.status < 200 || came.status >= 300) return `http_${came.status}`;
      await run(pool, noteContact, tenant, id);
      return undefined;
    },
  };
}
