/** Appends to the audit log. */
import type { Pool } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Audit, AuditEntry } from "./audit.ts";
import { CHAIN_START, auditKey, chainHash } from "./chain.ts";
import { appendQuery, lockHeadQuery } from "./store.ts";

export interface AuditDeps {
  readonly db: Pool;
  readonly masterKey: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Entries of one tenant take turns at the chain's end, which the first statement locks until the transaction ends: call it
 * last in a transaction, so that the lock is short.
 */
export function createAudit({ db, masterKey, now }: AuditDeps): Audit {
  const key = auditKey(masterKey);

  async function append(tx: Executor, entry: AuditEntry): Promise<void> {
    const [head] = await run(tx, lockHeadQuery, entry.tenant, CHAIN_START);
    if (head === undefined) throw new Error("the audit log's head cannot be held");
    const number = Number(head.number) + 1;
    const at = new Date(now()).toISOString();
    const hash = chainHash(key, head.hash, { entry, number, at });
    const { action, outcome, actor, job = null, patient = null, encounter = null, reason = null } = entry;
    const written = await run(
      tx,
      appendQuery,
      entry.tenant,
      number,
      at,
      action,
      outcome,
      actor.kind,
      actor.id,
      actor.display ?? null,
      job,
      patient,
      encounter,
      reason,
      hash,
    );
    if (written.length !== 1) throw new Error("the audit log moved under its lock");
  }

  return {
    record: (entry, tx) =>
      tx === undefined ? db.transaction(entry.tenant, (own) => append(own, entry)) : append(tx, entry),
  };
}
