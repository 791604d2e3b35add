/** Statements of a lane: take an endpoint, record and claim in one turn, let go. */
import { GATE, tenantQuery } from "../db/query.ts";
import { systemQuery } from "../db/system.ts";
import type { DueRow } from "./due-rows.ts";
import { dueColumns, dueEvents, dueRows } from "./due-rows.ts";

export const dueEndpoints = systemQuery<
  { readonly tenant: string; readonly endpoint: string },
  readonly [most: number]
>("delivery.due_endpoints", "select * from handover.sys_due_endpoints($1)");

/** Milliseconds since 1970; -infinity, which a Date cannot hold, becomes 0. */
const asMs = (column: string): string =>
  `coalesce(extract(epoch from nullif(${column}, '-infinity')) * 1000, 0)::float8`;

export interface EndpointStandingRow {
  readonly id: string;
  readonly settings: unknown;
  readonly sealed: Buffer | null;
  readonly revision: number;
  readonly lane_epoch: number;
  readonly circuit: "closed" | "open" | "half-open";
  readonly circuit_failures: number;
  readonly circuit_until_ms: number;
  readonly pace_at_ms: number;
  readonly standing: unknown;
  readonly parent: string | null;
}

/** The endpoint, once for each delivery that was claimed with it, or once without any. */
export type TakenRow = EndpointStandingRow & DueRow;

/**
 * Takes an idle endpoint for `$3` ms, raises its epoch and claims up to `$4` of what is due; no row where another lane has it, or
 * nothing is to be sent now. Where the order within a job matters the lane's own turns claim.
 */
export const takeLane = tenantQuery<TakenRow, readonly [endpoint: string, leaseMs: number, want: number]>(
  "delivery.take_lane",
  `with lane as (
     update handover.endpoint e
     set lane_epoch = e.lane_epoch + 1, lane_until = clock_timestamp() + $3 * interval '1 millisecond'
     where ${GATE} and e.tenant = $1 and e.id = $2 and e.status = 'active'
       and e.lane_until <= now() and e.circuit_until <= now() and e.quiet_until <= now()
       and exists (select 1 from handover.delivery d
         where ${GATE} and d.tenant = $1 and d.endpoint = $2 and d.state = 'pending' and d.due_at <= now())
     returning e.id, e.settings, e.sealed, e.revision, e.lane_epoch::float8 as lane_epoch, e.circuit, e.circuit_failures,
       ${asMs("e.circuit_until")} as circuit_until_ms, ${asMs("e.pace_at")} as pace_at_ms, e.standing, e.parent
   ), due as (
     ${dueRows("d.overtook")} and exists (select 1 from lane l where l.settings ->> 'ordering' = 'none')
     order by d.due_at, d.sequence limit $4
   )
   select l.*, ${dueColumns} from lane l left join ${dueEvents} on true
   where ${GATE}`,
);

/** Settings and secrets as they are now; for a change under way, and for the endpoint that a callback belongs to. */
export const readEndpoint = tenantQuery<
  {
    readonly settings: unknown;
    readonly sealed: Buffer | null;
    readonly revision: number;
    readonly parent: string | null;
    readonly status: string;
  },
  readonly [endpoint: string]
>(
  "delivery.read_endpoint",
  `select e.settings, e.sealed, e.revision, e.parent, e.status
   from handover.endpoint e where ${GATE} and e.tenant = $1 and e.id = $2`,
);

/** One result as it stands in the statement's JSON. */
export interface SettledResult {
  readonly sequence: number;
  /** Recorded when this one was claimed: the fence against recording twice. */
  readonly attempts: number;
  readonly overtook: number | null;
  readonly state: "pending" | "delivered" | "dead" | "withheld" | "held";
  readonly outcome: string;
  readonly code: string;
  readonly delay_ms: number;
  readonly http_status: number | null;
  readonly response_bytes: number;
  readonly duration_ms: number;
  readonly started_at_ms: number;
  /** Of a first delivery: milliseconds since its event. */
  readonly lag_ms: number | null;
  /** An empty body is kept: what was sent thin stays thin. */
  readonly plain?: boolean;
  /** Sealed, base64; absent where nothing was answered. */
  readonly answer?: string;
}

export interface TurnRow extends DueRow {
  readonly status: string;
  readonly revision: number;
}

export type TurnParams = readonly [
  endpoint: string,
  epoch: number,
  leaseMs: number,
  circuit: string,
  circuitFailures: number,
  circuitUntilMs: number,
  quietUntilMs: number,
  paceAtMs: number,
  disableReason: string | null,
  results: string,
  want: number,
  ordered: boolean,
  sequences: readonly number[],
  standing: string,
  orderingMaxWaitMs: number,
  held: readonly number[],
];

const earlierOfJob = `case when $13::boolean then coalesce(d.overtook, (
  select p.sequence from handover.delivery p
  where p.tenant = $1 and p.endpoint = $2 and p.state = 'pending' and p.job = d.job and p.sequence < d.sequence
  order by p.sequence limit 1)) end`;

/**
 * One turn of a lane: renews its lease, records what came back and claims what is due, in one statement. No row at all
 * means that the lane was lost: then nothing was recorded either. What the lane has in hand already (`$17`) is not claimed again.
 * What was under way when its endpoint was paused, disabled or removed, and is held since, ends as it ends: a request without its
 * attempt row, sent again at the next resume, would be nobody's.
 * Every part has the gate: a CTE that is scanned before the first part has run would see no tenant. Rows are named by arrays, not
 * by joins: a planner without statistics expects one row of a CTE and would walk through the whole backlog for each.
 */
export const laneTurn = tenantQuery<TurnRow, TurnParams>(
  "delivery.lane_turn",
  `with lane as (
     update handover.endpoint e
     set lane_until = clock_timestamp() + $4 * interval '1 millisecond',
       circuit = $5, circuit_failures = $6,
       circuit_until = case when $7::float8 > 0 then to_timestamp($7::float8 / 1000) else '-infinity' end,
       quiet_until = case when $8::float8 > 0 then to_timestamp($8::float8 / 1000) else e.quiet_until end,
       pace_at = case when $9::float8 > 0 then to_timestamp($9::float8 / 1000) else e.pace_at end,
       status = case when $10::text is null then e.status else 'disabled' end,
       reason = coalesce($10::text, e.reason), standing = $15::jsonb,
       last_success_at = case when $11::jsonb @> '[{"state":"delivered"}]' then now() else e.last_success_at end,
       last_failure_at = case when $11::jsonb @> '[{"outcome":"retry"}]' or $11::jsonb @> '[{"outcome":"dead"}]' then now() else e.last_failure_at end
     where ${GATE} and e.tenant = $1 and e.id = $2 and e.lane_epoch = $3
     returning e.status, e.revision
   ), result as (
     select r.* from jsonb_to_recordset($11::jsonb) as r(sequence bigint, attempts integer, overtook bigint, state text, outcome text, code text, delay_ms float8,
       http_status integer, response_bytes integer, duration_ms integer, started_at_ms float8, lag_ms integer, plain boolean, answer text)
     where ${GATE} and exists (select 1 from lane)
   ), settled as (
     update handover.delivery d
     set state = case when r.state = 'pending' then d.state else r.state end,
       code = case when r.state = 'pending' and d.state = 'held' then d.code else r.code end,
       attempts = d.attempts + 1, overtook = coalesce(d.overtook, r.overtook),
       due_at = case when r.state = 'pending' then now() + r.delay_ms * interval '1 millisecond' else d.due_at end,
       body = case when r.plain then ''::bytea when r.state in ('pending', 'dead', 'held') then d.body end,
       done_at = case when r.state = 'pending' and d.state = 'pending' then null else now() end
     from result r
     where ${GATE} and d.tenant = $1 and d.endpoint = $2 and d.sequence = any($14::bigint[]) and d.sequence = r.sequence
       and (d.state = 'pending' or (d.state = 'held' and starts_with(d.code, 'endpoint_'))) and d.attempts = r.attempts
     returning d.sequence, d.attempts, d.state, d.due_at
   ), logged as (
     insert into handover.attempt (tenant, endpoint, sequence, number, outcome, code, http_status, response_bytes, duration_ms, started_at, retry_at, lag_ms, answer)
     select $1, $2, s.sequence, s.attempts, r.outcome, r.code, r.http_status, r.response_bytes, r.duration_ms,
       to_timestamp(r.started_at_ms / 1000), case when s.state = 'pending' then s.due_at end, r.lag_ms,
       decode(r.answer, 'base64')
     from settled s join result r on r.sequence = s.sequence where ${GATE}
   ), due as (
     ${dueRows(earlierOfJob)}
       and d.sequence not in (select unnest($17::bigint[])) and exists (select 1 from lane l where l.status = 'active')
       -- What has waited for too long waits only for what is on its way at this moment.
       and (not $13::boolean or (
         select true from handover.delivery p
         where p.tenant = $1 and p.endpoint = $2 and p.state = 'pending' and p.job = d.job and p.sequence < d.sequence
           and (p.sequence = any($17::bigint[]) or d.due_at > now() - $16::float8 * interval '1 millisecond') limit 1) is null)
     order by d.due_at, d.sequence limit $12
   )
   select l.status, l.revision, ${dueColumns} from lane l left join ${dueEvents} on true
   where ${GATE}`,
);

/** Lets an endpoint go; its unfinished rows are free for the next lane at once. */
export const releaseLane = tenantQuery<{ readonly id: string }, readonly [endpoint: string, epoch: number]>(
  "delivery.release_lane",
  `update handover.endpoint e set lane_until = now()
   where ${GATE} and e.tenant = $1 and e.id = $2 and e.lane_epoch = $3 returning e.id`,
);

/**
 * Keeps the bytes of a `full` body before they are sent for the first time; no row when the lane was lost, or other bytes are kept.
 * The shared lock makes the next lane wait: it sees these bytes, or this statement finds that the lane is lost.
 */
export const keepBody = tenantQuery<
  { readonly sequence: string },
  readonly [endpoint: string, sequence: number, epoch: number, body: Uint8Array]
>(
  "delivery.keep_body",
  `with lane as (
     select e.id from handover.endpoint e where ${GATE} and e.tenant = $1 and e.id = $2 and e.lane_epoch = $4 for share
   )
   update handover.delivery d set body = $5
   where ${GATE} and d.tenant = $1 and d.endpoint = $2 and d.sequence = $3 and d.state = 'pending' and d.body is null
     and exists (select 1 from lane)
   returning d.sequence`,
);

/** Keeps deliveries visible and replayable instead of sending them: all that are pending, or the ones in `$4`. */
export const holdPending = tenantQuery<
  { readonly sequence: string },
  readonly [endpoint: string, code: string, sequences: readonly number[] | null]
>(
  "delivery.hold_pending",
  `update handover.delivery d set state = 'held', code = $3, done_at = now()
   where ${GATE} and d.tenant = $1 and d.endpoint = $2 and d.state = 'pending'
     and ($4::bigint[] is null or d.sequence = any($4::bigint[])) returning d.sequence`,
);
