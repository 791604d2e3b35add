/** Takes up the entries that were written down, in batches, and chains them: one transaction a tenant and turn. */
import type { Database } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import { runSystem } from "../db/system.ts";
import type { Loop } from "../events/loop.ts";
import { startLoop } from "../events/loop.ts";
import { CHAIN_START, alteredHash, auditKey, chainHash, pendingHash } from "./chain.ts";
import { toEntry } from "./entry.ts";
import type { PendingRow } from "./store.ts";
import { appendQuery, lockHeadQuery, pendingTenantsQuery, readPendingQuery } from "./store.ts";

export interface AuditChainDeps {
  readonly database: Pick<Database, "worker">;
  readonly masterKey: Uint8Array;
  /** Told of an entry that was changed between writing and chaining; the chain does not verify from there on. */
  readonly onAltered: (tenant: string, number: number) => void;
  readonly onError: (error: unknown) => void;
}

const BATCH = 500;
const TENANTS = 100;
const POLL_MS = 250;

/** Starts chaining; replicas take turns at each tenant's chain by the lock on its end. */
export function startAuditChain(deps: AuditChainDeps): Loop {
  return startLoop({ turn: () => chainPending(deps), pollMs: POLL_MS, onError: deps.onError });
}

/** Chains what is written down now. Returns true when there may be more. */
export async function chainPending({ database, masterKey, onAltered }: AuditChainDeps): Promise<boolean> {
  const key = auditKey(masterKey);
  const tenants = await runSystem(database.worker, pendingTenantsQuery, TENANTS);
  let more = tenants.length === TENANTS;
  for (const { tenant } of tenants) {
    const { taken, altered } = await database.worker.transaction(tenant, (tx) => chainBatch(tx, key, tenant));
    for (const number of altered) onAltered(tenant, number);
    more ||= taken === BATCH;
  }
  return more;
}

interface Batch {
  readonly taken: number;
  /** Numbers of entries whose own hash does not hold. */
  readonly altered: readonly number[];
}

async function chainBatch(tx: Executor, key: Buffer, tenant: string): Promise<Batch> {
  const [head] = await run(tx, lockHeadQuery, tenant, CHAIN_START);
  if (head === undefined) throw new Error("the audit log's head cannot be held");
  // Read under the lock: what another replica chained meanwhile is gone from here.
  const rows = await run(tx, readPendingQuery, tenant, BATCH);
  const first = Number(head.number);
  const { hashes, altered } = chainOf(key, tenant, first, head.hash, rows);
  const last = hashes.at(-1);
  if (last === undefined) return { taken: 0, altered };
  const places = rows.map(({ n }) => n);
  const written = await run(tx, appendQuery, tenant, String(first), String(first + rows.length), last, places, hashes);
  if (written.length !== rows.length) throw new Error("the audit log moved under its lock");
  return { taken: rows.length, altered };
}

function chainOf(
  key: Buffer,
  tenant: string,
  first: number,
  head: Buffer,
  rows: readonly PendingRow[],
): { readonly hashes: readonly Buffer[]; readonly altered: readonly number[] } {
  const hashes: Buffer[] = [];
  const altered: number[] = [];
  for (const row of rows) {
    const entry = toEntry(tenant, row);
    const at = row.at.toISOString();
    const number = first + hashes.length + 1;
    const previous = hashes.at(-1) ?? head;
    const intact = pendingHash(key, entry, at).equals(row.hash);
    if (!intact) altered.push(number);
    hashes.push(intact ? chainHash(key, previous, { entry, number, at }) : alteredHash(key, previous, row.hash));
  }
  return { hashes, altered };
}
