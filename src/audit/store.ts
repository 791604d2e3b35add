/** Statements of the audit log. The app may insert and read, and nothing else. */
import { GATE, tenantQuery } from "../db/query.ts";

/** Makes the chain's end where there is none, and holds it until the transaction ends. */
export const lockHeadQuery = tenantQuery<{ number: string; hash: Buffer }, readonly [start: Buffer]>(
  "audit.lock-head",
  `insert into handover.audit_head (tenant, number, hash) select $1, 0, $2 where ${GATE}
   on conflict (tenant) do update set number = audit_head.number
   returning number, hash`,
);

export const appendQuery = tenantQuery<
  { number: string },
  readonly [
    number: number,
    at: string,
    action: string,
    outcome: string,
    actorKind: string,
    actorId: string,
    actorDisplay: string | null,
    job: string | null,
    patient: string | null,
    encounter: string | null,
    reason: string | null,
    hash: Buffer,
  ]
>(
  "audit.append",
  `with head as (
     update handover.audit_head set number = $2, hash = $13 where ${GATE} and tenant = $1 and number = $2 - 1 returning number
   )
   insert into handover.audit (tenant, number, at, action, outcome, actor_kind, actor_id, actor_display, job, patient, encounter, reason, hash)
   select $1, head.number, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 from head
   returning number`,
);

export interface AuditRow {
  readonly number: string;
  readonly at: Date;
  readonly action: string;
  readonly outcome: string;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly actor_display: string | null;
  readonly job: string | null;
  readonly patient: string | null;
  readonly encounter: string | null;
  readonly reason: string | null;
  readonly hash: Buffer;
}

export const readAfterQuery = tenantQuery<AuditRow, readonly [after: number, limit: number]>(
  "audit.read-after",
  `select number, at, action, outcome, actor_kind, actor_id, actor_display, job, patient, encounter, reason, hash from handover.audit
   where ${GATE} and tenant = $1 and number > $2 order by number limit $3`,
);

export const headQuery = tenantQuery<{ number: string; hash: Buffer }>(
  "audit.head",
  `select number, hash from handover.audit_head where ${GATE} and tenant = $1`,
);
