/** Watching the tenants' EHRs, wired: what both roles know, and the loops of the worker. */
import { randomBytes } from "node:crypto";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { EhrWatchDeps, WatchedTenant } from "../ehr/subscriptions/deps.ts";
import type { EhrWatch } from "../ehr/subscriptions/ehr-watch.ts";
import { startEhrWatch } from "../ehr/subscriptions/ehr-watch.ts";
import type { Foundation } from "./foundation.ts";

function watchedTenant({ id, ehr, generation }: TenantConfig): WatchedTenant {
  return {
    id,
    fhirBaseUrl: ehr.fhirBaseUrl,
    settings: ehr.subscriptions,
    startsDrafts: generation.enabled && generation.autoDraftOn.includes("encounter-discharge"),
  };
}

export function ehrWatchDeps(foundation: Foundation, pool: EhrWatchDeps["pool"]): EhrWatchDeps {
  const { config, jobs, sealer, wakeUp, log, metrics, tenants, clients, onError } = foundation;
  return {
    pool,
    jobs,
    sealer,
    wakeUp,
    log,
    metrics: metrics.ehrWatch,
    publicUrl: config.publicUrl,
    tenants: () => tenants.all().map(watchedTenant),
    tenantOf: (id) => {
      const tenant = tenants.byId(id);
      return tenant === undefined ? undefined : watchedTenant(tenant);
    },
    gatewayOf: (tenant, signal) => clients.of(tenant)?.backendGateway(signal),
    subscriberOf: (tenant, signal) => clients.of(tenant)?.subscriptionGateway(signal),
    now: () => Date.now(),
    randomBytes,
    onError: onError("ehr_watch.failed"),
  };
}

/** Starts the worker's side. */
export function startEhrWatchPart(foundation: Foundation): EhrWatch {
  const watch = startEhrWatch(ehrWatchDeps(foundation, foundation.database.worker));
  foundation.tenants.onReplaced(() => watch.tend());
  return watch;
}
