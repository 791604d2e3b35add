/** Statements of the audit log. Of its chain the app may insert and read, and nothing else. */
import { GATE, tenantQuery } from "../db/query.ts";
import { systemQuery } from "../db/system.ts";

/** Makes the chain's end where there is none, and holds it until the transaction ends. */
export const lockHeadQuery = tenantQuery<{ number: string; hash: Buffer }, readonly [start: Buffer]>(
  "audit.lock-head",
  `insert into handover.audit_head (tenant, number, hash) select $1, 0, $2 where ${GATE}
   on conflict (tenant) do update set number = audit_head.number
   returning number, hash`,
);

const entryColumns = "at, action, outcome, actor_kind, actor_id, actor_display, job, patient, encounter, reason";

export const addPendingQuery = tenantQuery<
  { n: string },
  readonly [
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
  "audit.add-pending",
  `insert into handover.audit_pending (tenant, ${entryColumns}, hash)
   select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 where ${GATE} returning n`,
);

export const pendingTenantsQuery = systemQuery<{ tenant: string }, readonly [most: number]>(
  "audit.pending-tenants",
  "select * from handover.sys_audit_pending($1)",
);

/** An entry's columns, wherever it stands. */
export interface EntryRow {
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

export interface PendingRow extends EntryRow {
  readonly n: string;
}

export const readPendingQuery = tenantQuery<PendingRow, readonly [limit: number]>(
  "audit.read-pending",
  `select n, ${entryColumns}, hash from handover.audit_pending where ${GATE} and tenant = $1 order by n limit $2`,
);

/** Moves entries ($5, in order) behind the number $2 with their hashes ($6); the chain's end becomes $3, $4. */
export const appendQuery = tenantQuery<
  { number: string },
  readonly [before: string, after: string, lastHash: Buffer, places: readonly string[], hashes: readonly Buffer[]]
>(
  "audit.append",
  `with head as (
     update handover.audit_head set number = $3, hash = $4 where ${GATE} and tenant = $1 and number = $2 returning tenant
   ), taken as (
     delete from handover.audit_pending p using head
     where ${GATE} and p.tenant = head.tenant and p.n = any ($5::bigint[]) returning p.*
   )
   insert into handover.audit (tenant, number, ${entryColumns}, hash)
   select t.tenant, $2::bigint + place.nth, ${entryColumns
     .split(", ")
     .map((column) => `t.${column}`)
     .join(", ")}, place.hash
   from taken t join unnest($5::bigint[], $6::bytea[]) with ordinality as place (n, hash, nth) on place.n = t.n
   returning number`,
);

export interface AuditRow extends EntryRow {
  readonly number: string;
}

export const readAfterQuery = tenantQuery<AuditRow, readonly [after: number, limit: number]>(
  "audit.read-after",
  `select number, ${entryColumns}, hash from handover.audit
   where ${GATE} and tenant = $1 and number > $2 order by number limit $3`,
);

export const headQuery = tenantQuery<{ number: string; hash: Buffer }>(
  "audit.head",
  `select number, hash from handover.audit_head where ${GATE} and tenant = $1`,
);
