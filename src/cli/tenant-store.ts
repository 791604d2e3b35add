/** The tenants of the database, for commands: opened as the adapter opens them, and closed again. */
import type { ApplyDeps } from "../app/apply-tenants.ts";
import { createAudit } from "../audit/record.ts";
import type { LoadedConfig } from "../config/load.ts";
import { AdapterError } from "../core/errors.ts";
import { connectDatabase } from "../db/connect.ts";
import type { Database } from "../db/database.ts";
import type { Sealer } from "../db/sealer.ts";
import { createSealer } from "../db/sealer.ts";
import { installQueues } from "../jobs/boss.ts";
import type { StoredTenant } from "../tenants/plan.ts";
import { createSigningKeys } from "../trust/signing-keys.ts";
import { readStoredTenants } from "../tenants/stored-tenants.ts";

/**
 * Runs `work` with the database of these settings, which is migrated first where the owner is known, as at a start.
 * @throws AdapterError database_unavailable, configuration_invalid
 */
export async function withTenantStore<T>(loaded: LoadedConfig, work: (deps: ApplyDeps) => Promise<T>): Promise<T> {
  const { config, secretSources } = loaded;
  const database = await connectDatabase(config, { installers: [installQueues] });
  const now = (): number => Date.now();
  try {
    const sealer = createSealer([config.masterKey]);
    await requireSameKey(database, sealer, now);
    const audit = createAudit({ db: database.http, masterKey: config.masterKey, now });
    return await work({ config, secretSources, pool: database.worker, sealer, audit, now });
  } finally {
    await database.close();
  }
}

/** What is sealed with another key than the adapter's would be of no use to it, and its next start would be refused. */
async function requireSameKey(database: Database, sealer: Sealer, now: () => number): Promise<void> {
  try {
    await createSigningKeys({ db: database.http, sealer, now }).current("ES384");
  } catch (error) {
    if (error instanceof AdapterError && error.code === "configuration_invalid") throw error;
    // No key pair yet: the adapter has never been started on this database.
  }
}

/** Every tenant that was ever named, removed ones too. */
export function storedTenants({ pool, sealer }: ApplyDeps): Promise<readonly StoredTenant[]> {
  return readStoredTenants(pool, sealer);
}
