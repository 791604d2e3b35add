/** Writes audit entries down. */
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { Audit } from "./audit.ts";
import { auditKey, pendingHash } from "./chain.ts";
import { addPendingQuery } from "./store.ts";

export interface AuditDeps {
  readonly db: Pool;
  readonly masterKey: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Nobody waits for anybody: the chain is made later, so that changes of one tenant do not queue for its end. */
export function createAudit({ db, masterKey, now }: AuditDeps): Audit {
  const key = auditKey(masterKey);
  return {
    async record(entry, tx = db) {
      const at = new Date(now()).toISOString();
      const { action, outcome, actor, job = null, patient = null, encounter = null, reason = null } = entry;
      const written = await run(
        tx,
        addPendingQuery,
        entry.tenant,
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
        pendingHash(key, entry, at),
      );
      if (written.length !== 1) throw new Error("an audit entry was not written");
    },
  };
}
