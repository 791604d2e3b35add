/** Statements that bring endpoints in line with the configuration file. */
import { GATE, tenantQuery } from "../db/query.ts";

export interface AppliedRow {
  readonly id: string;
  readonly applied: unknown;
  readonly sealed: Buffer | null;
  readonly status: string;
  readonly reason: string | null;
  readonly settings: unknown;
}

/** The endpoint as it stands, under its lock. */
export const lockEndpoint = tenantQuery<AppliedRow, readonly [endpoint: string]>(
  "delivery.lock_endpoint",
  `select e.id, e.applied, e.sealed, e.status, e.reason, e.settings from handover.endpoint e
   where ${GATE} and e.tenant = $1 and e.id = $2 for update`,
);

export const insertEndpoint = tenantQuery<
  { readonly id: string },
  readonly [
    id: string,
    kind: string,
    origin: string,
    status: string,
    settings: string,
    applied: string | null,
    sealed: Uint8Array,
  ]
>(
  "delivery.insert_endpoint",
  `insert into handover.endpoint (tenant, id, kind, origin, status, settings, applied, sealed)
   select $1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8 where ${GATE}
   on conflict (tenant, id) do nothing returning id`,
);

/** Changes what is in force; runtime state (numbers, circuit, status) stays. */
export const updateEndpoint = tenantQuery<
  { readonly id: string },
  readonly [id: string, settings: string, applied: string, sealed: Uint8Array]
>(
  "delivery.update_endpoint",
  `update handover.endpoint e
   set settings = $3::jsonb, applied = $4::jsonb, sealed = $5, revision = e.revision + 1, updated_at = now()
   where ${GATE} and e.tenant = $1 and e.id = $2 returning e.id`,
);

/** A new address is a new start: a disabled endpoint comes back, its circuit closed. */
export const reviveEndpoint = tenantQuery<{ readonly id: string }, readonly [id: string]>(
  "delivery.revive_endpoint",
  `update handover.endpoint e
   set status = 'active', reason = null, circuit = 'closed', circuit_failures = 0, circuit_until = '-infinity', quiet_until = '-infinity', standing = '{}',
     revision = e.revision + 1, updated_at = now()
   where ${GATE} and e.tenant = $1 and e.id = $2 returning e.id`,
);

/** Those of the configuration that it names no more; what was made by others is not looked at. */
export const removeUnnamed = tenantQuery<{ readonly id: string }, readonly [kept: readonly string[], reason: string]>(
  "delivery.remove_unnamed",
  `update handover.endpoint e set status = 'removed', reason = $3, revision = e.revision + 1, updated_at = now()
   where ${GATE} and e.tenant = $1 and e.origin = 'config' and e.status <> 'removed' and e.id <> all ($2::text[])
   returning e.id`,
);

/**
 * What was kept while the endpoint took nothing is owed again, in order, each on a schedule that begins anew. So is what the
 * callbacks under it were owed: they sign with its secrets, and have none while it takes nothing.
 */
export const releaseHeld = tenantQuery<{ readonly endpoint: string; readonly sequence: string }, readonly [id: string]>(
  "delivery.release_held",
  `update handover.delivery d set state = 'pending', due_at = now(), schedule_from = d.attempts, code = null, done_at = null
   where ${GATE} and d.tenant = $1 and d.state = 'held'
     and d.endpoint = any (array(
       select e.id from handover.endpoint e where ${GATE} and e.tenant = $1 and (e.id = $2 or (e.parent = $2 and e.status = 'active'))))
     and case when d.endpoint = $2 then starts_with(d.code, 'endpoint_') else d.code = 'no_valid_secret' end
   returning d.endpoint, d.sequence`,
);
