/** Statements for the endpoints of FHIR Subscriptions. */
import { GATE, tenantQuery } from "../db/query.ts";

export const changeChannel = tenantQuery<
  { readonly id: string },
  readonly [id: string, settings: string, sealed: Uint8Array]
>(
  "delivery.change_channel",
  `update handover.endpoint e set settings = $3::jsonb, sealed = $4, revision = e.revision + 1, updated_at = now()
   where ${GATE} and e.tenant = $1 and e.id = $2 and e.origin = 'subscription' returning e.id`,
);

/** A status of its own choosing; the circuit starts anew, because the subscriber has just shown itself or is gone. */
export const setChannelStatus = tenantQuery<
  { readonly id: string },
  readonly [id: string, status: "pending" | "active" | "disabled" | "removed", reason: string | null]
>(
  "delivery.set_channel_status",
  `update handover.endpoint e
   set status = $3, reason = $4, circuit = 'closed', circuit_failures = 0, circuit_until = '-infinity', quiet_until = '-infinity',
     last_success_at = case when $3 = 'active' then now() else e.last_success_at end, revision = e.revision + 1, updated_at = now()
   where ${GATE} and e.tenant = $1 and e.id = $2 and e.origin = 'subscription' returning e.id`,
);

export interface ChannelRow {
  readonly id: string;
  readonly settings: unknown;
  readonly sealed: Buffer | null;
  readonly status: "pending" | "active" | "disabled" | "removed";
  readonly reason: string | null;
  readonly circuit: string;
  readonly events: number;
  readonly last_success_ms: number;
}

export const readChannels = tenantQuery<ChannelRow, readonly [ids: readonly string[]]>(
  "delivery.read_channels",
  `select e.id, e.settings, e.sealed, e.status, e.reason, e.circuit, e.last_sequence::float8 as events,
     coalesce(extract(epoch from e.last_success_at) * 1000, 0)::float8 as last_success_ms
   from handover.endpoint e
   where ${GATE} and e.tenant = $1 and e.id = any($2::text[]) and e.origin = 'subscription'`,
);

export interface ChannelEventRow {
  readonly sequence: number;
  readonly id: string;
  readonly type: string;
  readonly job: string;
  readonly at: Date;
}

/** What a subscription was owed, sent or not, from one number to another, both included. Held rows count: they happened. */
export const readChannelEvents = tenantQuery<
  ChannelEventRow,
  readonly [id: string, from: number, to: number, limit: number]
>(
  "delivery.read_channel_events",
  `select d.sequence::float8 as sequence, ev.id, ev.type, d.job, ev.at
   from handover.delivery d
   join lateral (
     select e.id, e.type, e.at from handover.event e
     where e.tenant = $1 and e.job = d.job and e.seq = d.job_sequence offset 0
   ) ev on true
   where ${GATE} and d.tenant = $1 and d.endpoint = $2 and d.sequence between $3::bigint and $4::bigint
   order by d.sequence limit $5`,
);

/** A handshake or heartbeat got through. */
export const noteContact = tenantQuery<{ readonly id: string }, readonly [id: string]>(
  "delivery.note_contact",
  `update handover.endpoint e set last_success_at = now() where ${GATE} and e.tenant = $1 and e.id = $2 returning e.id`,
);
