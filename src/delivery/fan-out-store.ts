/** Statements of the fan-out: the reader that deals the log out to endpoints. */
import type { EventData } from "../core/event/event.ts";
import { GATE, tenantQuery } from "../db/query.ts";
import type { EventRow } from "./due-rows.ts";

/** Subscriptions name whole references: those of other patients and stays than of the jobs in `$3` are left in the table. */
const ofTheseJobs = (path: string, column: string): string =>
  `coalesce(e.settings -> 'filter' -> '${path}' ?| (
     select array_agg(j.${column}) from handover.job j where j.tenant = $1 and j.id = any($3::text[])), true)`;

/**
 * Who may be owed events: endpoints that are not still shaking hands, nor removed; and callback URLs of the jobs in `$2`. `$3` are
 * the jobs of all the events.
 */
export const readTakers = tenantQuery<
  {
    /** Of the endpoint, or of the job. */
    readonly id: string;
    readonly settings: unknown;
    /** Of the job's callback; null for an endpoint. */
    readonly url: string | null;
  },
  readonly [told: readonly string[], jobs: readonly string[]]
>(
  "delivery.read_takers",
  `select e.id, e.settings, null as url from handover.endpoint e
   where ${GATE} and e.tenant = $1 and e.status in ('active', 'disabled', 'paused', 'unverified') and e.origin <> 'callback'
     and (e.origin <> 'subscription' or (${ofTheseJobs("data.patient", "patient")} and ${ofTheseJobs("data.encounter", "encounter")}))
   union all
   select j.id, null, j.callback_url from handover.job j
   where ${GATE} and j.tenant = $1 and j.id = any($2::text[]) and j.callback_url is not null`,
);

/** What events say; asked for only where an endpoint's filter looks at it. */
export const readEventData = tenantQuery<
  { readonly job: string; readonly seq: number; readonly data: EventData },
  readonly [jobs: readonly string[], sequences: readonly number[]]
>(
  "delivery.read_event_data",
  `select e.job, e.seq, e.data from unnest($2::text[], $3::integer[]) as o(job, seq)
     cross join lateral (
       select f.job, f.seq, f.data from handover.event f where f.tenant = $1 and f.job = o.job and f.seq = o.seq offset 0) e
   where ${GATE} and e.data is not null`,
);

/** Makes the endpoint of a callback under its registered parent, unless it is there. */
export const ensureCallback = tenantQuery<
  { readonly id: string },
  readonly [id: string, parent: string, settings: string]
>(
  "delivery.ensure_callback",
  `insert into handover.endpoint (tenant, id, kind, origin, parent, settings)
   select $1, $2, 'webhook', 'callback', $3, $4::jsonb where ${GATE}
   on conflict (tenant, id) do update set parent = excluded.parent, settings = excluded.settings, revision = handover.endpoint.revision + 1,
     status = case when handover.endpoint.status = 'removed' then 'active' else handover.endpoint.status end
     where handover.endpoint.settings <> excluded.settings or handover.endpoint.parent <> excluded.parent
   returning id`,
);

/** A debt as it was written down. */
export interface OwedRow {
  readonly endpoint: string;
  readonly state: string;
  readonly sequence: number;
  readonly job: string;
  readonly job_sequence: number;
  /** Of the endpoint's row at that moment. */
  readonly lane_epoch: number;
  readonly revision: number;
}

/**
 * Owes events to endpoints: numbers come from the endpoint's row under its lock, so they have no gap. What is owed to a
 * endpoint that takes nothing now (disabled, paused, not verified) is held from the start; for one that fetches for itself the
 * row is its number and place, and nothing is left to do.
 */
export const insertDeliveries = tenantQuery<
  OwedRow,
  readonly [
    endpoints: readonly string[],
    jobs: readonly string[],
    sequences: readonly number[],
    positions: readonly string[],
  ]
>(
  "delivery.insert_deliveries",
  `with owed as (
     select o.endpoint, o.job, o.seq, o.pos
     from unnest($2::text[], $3::text[], $4::integer[], $5::bigint[]) as o(endpoint, job, seq, pos) where ${GATE}
   ), numbered as (
     update handover.endpoint e set last_sequence = e.last_sequence + c.n
     from (select o.endpoint, count(*) as n from owed o group by o.endpoint) c
     where ${GATE} and e.tenant = $1 and e.id = c.endpoint
     returning e.id, e.last_sequence - c.n as base, e.lane_epoch, e.revision,
       case when e.kind = 'fhir-websocket' then 'delivered' when e.status = 'active' then 'pending' else 'held' end as state,
       case when e.kind = 'fhir-websocket' then 'pulled' when e.status <> 'active' then 'endpoint_' || e.status end as code
   ), written as (
     insert into handover.delivery (tenant, endpoint, sequence, event_id, job, job_sequence, type, state, code, done_at)
     select $1, n.id, n.base + row_number() over (partition by n.id order by o.pos), ev.id, o.job, o.seq, ev.type,
       n.state, n.code, case when n.state = 'pending' then null else now() end
     from numbered n join owed o on o.endpoint = n.id
       cross join lateral (
         select e.id, e.type from handover.event e where e.tenant = $1 and e.job = o.job and e.seq = o.seq offset 0) ev
     where ${GATE}
     returning endpoint, state, sequence, job, job_sequence
   )
   select w.endpoint, w.state, w.sequence::float8 as sequence, w.job, w.job_sequence, n.lane_epoch::float8 as lane_epoch, n.revision
   from written w join numbered n on n.id = w.endpoint where ${GATE}`,
);

/** Events by their keys (`offset 0` keeps it so). */
export const readEvents = tenantQuery<EventRow, readonly [jobs: readonly string[], sequences: readonly number[]]>(
  "delivery.read_events",
  `select ev.* from unnest($2::text[], $3::integer[]) as wanted(job, seq)
   cross join lateral (
     select e.id as event_id, e.job, e.seq as job_sequence, e.type, e.source, e.at, e.trace_parent, e.data::text as data
     from handover.event e where e.tenant = $1 and e.job = wanted.job and e.seq = wanted.seq and not e.draft offset 0) ev
   where ${GATE}`,
);
