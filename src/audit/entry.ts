/** A stored entry as the program knows it. */
import type { AuditAction, AuditEntry } from "./audit.ts";
import type { EntryRow } from "./store.ts";

export function toEntry(tenant: string, row: EntryRow): AuditEntry {
  const { actor_display: display, job, patient, encounter, reason } = row;
  return {
    tenant,
    action: row.action as AuditAction,
    outcome: row.outcome as AuditEntry["outcome"],
    actor: {
      kind: row.actor_kind as AuditEntry["actor"]["kind"],
      id: row.actor_id,
      ...(display === null ? {} : { display }),
    },
    ...(job === null ? {} : { job }),
    ...(patient === null ? {} : { patient }),
    ...(encounter === null ? {} : { encounter }),
    ...(reason === null ? {} : { reason }),
  };
}
