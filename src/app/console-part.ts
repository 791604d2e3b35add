/** The endpoint registry and its API, wired. */
import { randomBytes } from "node:crypto";
import type { Console } from "../console/console.ts";
import { createConsole } from "../console/console.ts";
import type { WebhookKeySets } from "../console/routes/webhook-key-set.ts";
import { createCursors } from "../core/cursor/cursor.ts";
import type { EndpointRegistry } from "../delivery/registry/registry.ts";
import { createEndpointRegistry } from "../delivery/registry/registry.ts";
import { webhookKeySet } from "../delivery/webhook-keys/keys.ts";
import { endpointAuthorize } from "./authorize.ts";
import { cursorKey } from "./cursor-key.ts";
import type { Foundation } from "./foundation.ts";
import { modelDesk } from "./model-desk.ts";
import { refuseUrl } from "./subscription-parts.ts";

/** A fan-out of one event to ten thousand is measured; more is a mistake, or another product. */
const MOST_ENDPOINTS = 10_000;

export function endpointRegistry(foundation: Foundation): EndpointRegistry {
  const { config, database, sealer, audit, clients, boss, wakeUp, tell } = foundation;
  return createEndpointRegistry({
    pool: database.http,
    sealer,
    audit,
    refuseUrl: refuseUrl(foundation),
    post: (tenant) => clients.of(tenant)?.post,
    authorize: endpointAuthorize(foundation),
    kick: (tx, tenant, endpoint) => boss.kick(tx, tenant, endpoint),
    wake: () => {
      wakeUp.notify("queue");
      wakeUp.notify("appended");
    },
    tell,
    publicUrl: config.publicUrl,
    keptDays: config.retention.deliveryDays,
    now: () => Date.now(),
    randomBytes,
    most: MOST_ENDPOINTS,
  });
}

export function createConsolePart(foundation: Foundation, registry: EndpointRegistry): Console {
  const { config } = foundation;
  return createConsole({
    models: modelDesk(foundation),
    registry,
    cursors: createCursors(cursorKey(config.masterKey)),
    publicUrl: config.publicUrl,
    egressAddresses: config.egress.addresses,
  });
}

/** A receiver may ask as often as it likes: the database is asked no more than this. */
const KEY_SET_KEPT_MS = 10_000;

/** The published key sets of tenants that are served. */
export function webhookKeySets(
  database: Foundation["database"],
  tenants: Foundation["tenants"],
  now: () => number = Date.now,
): WebhookKeySets {
  const kept = new Map<string, { readonly set: ReturnType<typeof webhookKeySet>; readonly untilMs: number }>();
  return {
    async of(tenant) {
      if (tenants.byId(tenant) === undefined) return undefined;
      const held = kept.get(tenant);
      if (held !== undefined && now() < held.untilMs) return held.set;
      const set = webhookKeySet(database.http, tenant);
      kept.set(tenant, { set, untilMs: now() + KEY_SET_KEPT_MS });
      set.catch(() => kept.delete(tenant));
      return set;
    },
  };
}
