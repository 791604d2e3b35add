/** Statements about tenants' own rows. */
import { GATE, tenantQuery } from "../db/query.ts";
import { systemQuery } from "../db/system.ts";

export type TenantStatus = "served" | "removed";
export type TenantOrigin = "start" | "apply";

export const tenantStates = systemQuery<{
  readonly tenant: string;
  readonly status: TenantStatus;
  readonly revision: string;
}>("tenants.states", "select * from handover.sys_tenants()");

/** The newest revision of all; 0 where there is no tenant. */
export const tenantRevision = systemQuery<{ readonly revision: string }>(
  "tenants.revision",
  "select * from handover.sys_tenant_revision()",
);

/** Writers take turns until the end of their transaction ("hand", "tena"): revisions then become visible in their order. */
export const takeTurn = "select pg_advisory_xact_lock(1751215716, 1952804449)";

export interface TenantRow {
  readonly status: TenantStatus;
  readonly origin: TenantOrigin;
  readonly sealed: Buffer;
  readonly said: Buffer | null;
  readonly revision: string;
}

export const readTenant = tenantQuery<TenantRow>(
  "tenants.read",
  `select t.status, t.origin, t.sealed, t.said, t.revision from handover.tenant t where ${GATE} and t.tenant = $1`,
);

/** Writes everything but the origin's history. The caller has the turn. */
export const putTenant = tenantQuery<
  { readonly revision: string },
  readonly [status: TenantStatus, origin: TenantOrigin, sealed: Uint8Array, said: Uint8Array | null, revision: string]
>(
  "tenants.put",
  `insert into handover.tenant as t (tenant, status, origin, sealed, said, revision)
   select $1, $2, $3, $4, $5, $6::bigint where ${GATE}
   on conflict (tenant) do update set status = excluded.status, origin = excluded.origin, sealed = excluded.sealed,
     said = excluded.said, revision = excluded.revision, updated_at = now()
   returning t.revision`,
);
