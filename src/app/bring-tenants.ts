/** The tenants of a process at its start: its own file is applied, and what the database then holds is taken over. */
import type { Audit } from "../audit/audit.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Database } from "../db/database.ts";
import type { Sealer } from "../db/sealer.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { TenantDirectory } from "../tenants/directory.ts";
import { createTenantDirectory } from "../tenants/directory.ts";
import { applyTenants } from "./apply-tenants.ts";
import { problemsHere } from "./stored-tenant-check.ts";
import type { TakeOver } from "./tenant-takeover.ts";
import { createTakeOver } from "./tenant-takeover.ts";

export interface TenantsFrom {
  readonly loaded: LoadedConfig;
  readonly database: Database;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onError: (event: string) => (error: unknown) => void;
}

/**
 * Makes the directory, filled. The database is closed when that fails.
 * @throws AdapterError configuration_invalid where the file cannot stand beside what is stored
 */
export async function bringTenants(from: TenantsFrom): Promise<{ tenants: TenantDirectory; takeOver: TakeOver }> {
  const { loaded, database, sealer, log, metrics, onError } = from;
  const tenants = createTenantDirectory([]);
  const takeOver = createTakeOver({
    pool: database.worker,
    sealer,
    directory: tenants,
    problemsOf: (tenant) => problemsHere(tenant, loaded),
    log,
    onError: onError("tenants.not_taken_over"),
  });
  try {
    await applyOwnFile(from);
    await takeOver.refresh();
  } catch (error) {
    await database.close();
    throw error;
  }
  metrics.gauge("handover_tenants_served", "Tenants that this replica serves.", () => tenants.all().length);
  metrics.gauge(
    "handover_tenants_refused",
    "Tenants whose newest settings this replica cannot use; each is named in the log.",
    () => takeOver.refused,
  );
  return { tenants, takeOver };
}

/** A file without `tenants`, and no file at all, say nothing about any. */
async function applyOwnFile({ loaded, database, sealer, audit, log }: TenantsFrom): Promise<void> {
  const { written: named, config, secretSources } = loaded;
  if (named === undefined) return;
  const deps = { config, secretSources, pool: database.worker, sealer, audit, now: () => Date.now() };
  const { tenants } = await applyTenants({ kind: "start", named }, deps, { source: "the start's file" });
  for (const { id, outcome } of tenants) {
    if (outcome === "left-removed") log.warn("tenant.left_removed", { tenant: id });
  }
}
