/** FHIR topic subscriptions: the artifacts, the endpoints behind them in delivery, and what both roles share. */
import { randomUUID } from "node:crypto";
import { checkUrl } from "../core/egress/url.ts";
import type { RestHookEndpoints } from "../delivery/rest-hook-endpoints.ts";
import { createRestHookEndpoints } from "../delivery/rest-hook-endpoints.ts";
import type { Artifacts } from "../subscriptions/artifacts.ts";
import { loadArtifacts } from "../subscriptions/artifacts.ts";
import { createWaiters } from "../http/waiters.ts";
import type { Waiters } from "../http/waiters.ts";
import { Keeper } from "../subscriptions/keeper.ts";
import type { Subscriptions } from "../subscriptions/subscriptions.ts";
import { createSubscriptions } from "../subscriptions/subscriptions.ts";
import { focusResourceOf } from "./focus-resources.ts";
import type { Foundation } from "./foundation.ts";
import { egressRulesOf } from "./tenant-clients.ts";

export interface SubscriptionParts {
  readonly artifacts: Artifacts;
  readonly channels: RestHookEndpoints;
  readonly subscriptions: Subscriptions;
  readonly keeper: Keeper;
  /** Of $events. */
  readonly waiters: Waiters;
}

/** Why a tenant may not call an address, in a fixed word; undefined when it may. */
export function refuseUrl({ config, tenants }: Foundation): (tenant: string, url: string) => string | undefined {
  return (id, url) => {
    const tenant = tenants.byId(id);
    if (tenant === undefined) return "unknown_tenant";
    const verdict = checkUrl(url, egressRulesOf(tenant, config));
    return verdict.ok ? undefined : verdict.reason;
  };
}

export function createSubscriptionParts(foundation: Foundation): SubscriptionParts {
  const { config, database, sealer, audit, log, clients } = foundation;
  const artifacts = loadArtifacts(config.publicUrl);
  const post = (tenant: string) => clients.of(tenant)?.post;
  const channels = createRestHookEndpoints({ pool: database.worker, sealer, post });
  const now = (): number => Date.now();
  const waiters = createWaiters(foundation.wakeUp, () => performance.now());
  const keeper = new Keeper({ pool: database.worker, channels, topics: artifacts.topics, log, now });
  const subscriptions = createSubscriptions({
    pool: database.http,
    channels,
    topics: artifacts.topics,
    fhirBase: `${config.publicUrl}/fhir`,
    audit,
    refuseUrl: refuseUrl(foundation),
    now,
    newId: randomUUID,
    resourceOf: focusResourceOf(foundation),
    waiters,
    wake: () => keeper.wake(),
  });
  return { artifacts, channels, subscriptions, keeper, waiters };
}
