/** Tenants as the database keeps them: sealed, each behind its own wall. */
import { AdapterError } from "../core/errors.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { SealContext, Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import { runSystem } from "../db/system.ts";
import type { StoredTenant, TenantChange } from "./plan.ts";
import type { TenantRow } from "./store.ts";
import { putTenant, readTenant, takeTurn, tenantRevision, tenantStates } from "./store.ts";

/** The two texts of a row have a seal each, so that one cannot be put in the other's place. */
function contextOf(tenant: string, version: "in-force" | "said"): SealContext {
  return { tenant, purpose: "tenant-settings", id: tenant, version };
}

/**
 * Undefined for what does not open, though it has the right key's mark: another hand put it there. One such row must not keep
 * the others from being served, nor a command or a start's file from mending it.
 * @throws AdapterError configuration_invalid when another master key sealed it
 */
function opened(sealer: Sealer, sealed: Uint8Array, context: SealContext): unknown {
  try {
    return openJson(sealer, sealed, context);
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    return undefined;
  }
}

function toStored(id: string, row: TenantRow, sealer: Sealer): StoredTenant {
  const { status, origin, sealed, said } = row;
  return {
    id,
    status,
    origin,
    written: opened(sealer, sealed, contextOf(id, "in-force")),
    said: said === null ? undefined : opened(sealer, said, contextOf(id, "said")),
    revision: BigInt(row.revision),
  };
}

/**
 * One tenant; undefined where nobody ever named it.
 * @throws AdapterError configuration_invalid when another master key sealed it
 */
export async function readOneTenant(executor: Executor, sealer: Sealer, id: string): Promise<StoredTenant | undefined> {
  const [row] = await run(executor, readTenant, id);
  return row === undefined ? undefined : toStored(id, row, sealer);
}

/** Every tenant that was ever named, removed ones included, by id. */
export async function readStoredTenants(executor: Executor, sealer: Sealer): Promise<readonly StoredTenant[]> {
  const found: StoredTenant[] = [];
  for (const { tenant } of await runSystem(executor, tenantStates)) {
    const stored = await readOneTenant(executor, sealer, tenant);
    if (stored !== undefined) found.push(stored);
  }
  return found;
}

/** Begins a change: other writers wait until this transaction ends, and what is read then is what the change is made of. */
export async function beginChange(tx: Executor, sealer: Sealer): Promise<readonly StoredTenant[]> {
  await tx.query(takeTurn, []);
  return readStoredTenants(tx, sealer);
}

/** Writes what a plan has found, in the transaction that `beginChange` was called in. */
export async function writeChanges(tx: Executor, sealer: Sealer, changes: readonly TenantChange[]): Promise<void> {
  const [newest] = await runSystem(tx, tenantRevision);
  let revision = BigInt(newest?.revision ?? 0);
  for (const { id, row } of changes) {
    if (row === undefined) continue;
    revision += 1n;
    // What did not open can be removed, and is then nothing.
    const sealed = sealJson(sealer, row.written ?? null, contextOf(id, "in-force"));
    const said = row.said === undefined ? null : sealJson(sealer, row.said, contextOf(id, "said"));
    await run(tx, putTenant, id, row.status, row.origin, sealed, said, String(revision));
  }
}
