/** Statements of the endpoint registry: what operators and tenants see and change of their endpoints. */
import type { EventData } from "../../core/event/event.ts";
import { GATE, tenantQuery } from "../../db/query.ts";

export interface EndpointRow {
  readonly id: string;
  readonly kind: string;
  readonly origin: string;
  readonly status: string;
  readonly reason: string | null;
  readonly settings: unknown;
  readonly sealed: Buffer | null;
  readonly revision: number;
  readonly circuit: "closed" | "open" | "half-open";
  readonly circuit_failures: number;
  readonly circuit_until: Date | null;
  readonly quiet_until: Date | null;
  readonly standing: unknown;
  readonly last_sequence: string;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** -infinity is no date that a driver can hold; what lies in the past does not matter either. */
const ahead = (column: string): string => `case when e.${column} > now() then e.${column} end as ${column}`;

const columns = `e.id, e.kind, e.origin, e.status, e.reason, e.settings, e.sealed, e.revision, e.circuit, e.circuit_failures,
  ${ahead("circuit_until")}, ${ahead("quiet_until")}, e.standing, e.last_sequence, e.last_success_at, e.last_failure_at, e.created_at, e.updated_at`;

export const readOne = tenantQuery<EndpointRow, readonly [endpoint: string]>(
  "registry.read",
  `select ${columns} from handover.endpoint e where ${GATE} and e.tenant = $1 and e.id = $2 and e.status <> 'removed'`,
);

/** The row under its lock: every change begins here. A removed one is returned too, so that its id is not taken anew unseen. */
export const lockOne = tenantQuery<EndpointRow, readonly [endpoint: string]>(
  "registry.lock",
  `select ${columns} from handover.endpoint e where ${GATE} and e.tenant = $1 and e.id = $2 for update`,
);

export const listPage = tenantQuery<EndpointRow, readonly [after: string | null, limit: number]>(
  "registry.list",
  `select ${columns} from handover.endpoint e
   where ${GATE} and e.tenant = $1 and e.status <> 'removed' and ($2::text is null or e.id > $2::text)
   order by e.id limit $3::int`,
);

export const countWebhooks = tenantQuery<{ readonly count: number }>(
  "registry.count",
  `select count(*)::int as count from handover.endpoint e
   where ${GATE} and e.tenant = $1 and e.kind = 'webhook' and e.origin <> 'callback' and e.status <> 'removed'`,
);

/** Where a job's callback may lie. */
export const registeredUrls = tenantQuery<{ readonly url: string }>(
  "registry.urls",
  `select e.settings ->> 'url' as url from handover.endpoint e
   where ${GATE} and e.tenant = $1 and e.kind = 'webhook' and e.origin in ('config', 'api') and e.status <> 'removed'`,
);

/** Backlog as far as it is counted; the rest is "at least". */
export const BACKLOG_COUNTED = 10_000;

export interface BacklogRow {
  readonly pending: number;
  readonly oldest_at: Date | null;
  readonly dead: number;
  readonly held: number;
}

export const readBacklog = tenantQuery<BacklogRow, readonly [endpoint: string, most: number]>(
  "registry.backlog",
  `select p.pending, p.oldest_at, k.dead, k.held from
   (select count(*)::int as pending, min(due.created_at) as oldest_at from (
     select d.created_at from handover.delivery d
     where d.tenant = $1 and d.endpoint = $2 and d.state = 'pending' order by d.due_at limit $3::int) due) p,
   (select count(*) filter (where kept.state = 'dead')::int as dead, count(*) filter (where kept.state = 'held')::int as held from (
     select d.state from handover.delivery d
     where d.tenant = $1 and d.endpoint = $2 and d.state in ('dead', 'held') limit $3::int) kept) k
   where ${GATE}`,
);

/** Makes an endpoint; a removed one's id may be taken anew and goes on with its numbers. */
export const createEndpoint = tenantQuery<
  { readonly id: string },
  readonly [id: string, status: string, settings: string, sealed: Uint8Array, key: string | null]
>(
  "registry.create",
  `insert into handover.endpoint (tenant, id, kind, origin, status, settings, sealed, made_key)
   select $1, $2, 'webhook', 'api', $3, $4::jsonb, $5, $6 where ${GATE}
   on conflict (tenant, id) do update
     set origin = 'api', status = excluded.status, reason = null, settings = excluded.settings, applied = null, sealed = excluded.sealed, made_key = excluded.made_key,
       circuit = 'closed', circuit_failures = 0, circuit_until = '-infinity', quiet_until = '-infinity', standing = '{}',
       revision = handover.endpoint.revision + 1, updated_at = now()
     where handover.endpoint.status = 'removed' and handover.endpoint.kind = 'webhook'
   returning id`,
);

/** The endpoint that a request with this Idempotency-Key made. */
export const readMade = tenantQuery<EndpointRow, readonly [key: string]>(
  "registry.read-made",
  `select ${columns} from handover.endpoint e
   where ${GATE} and e.tenant = $1 and e.made_key = $2 and e.status <> 'removed'`,
);

/** Changes what is in force. What the file last said stays: only a change of the file undoes this. */
export const changeEndpoint = tenantQuery<EndpointRow, readonly [id: string, settings: string, sealed: Uint8Array]>(
  "registry.change",
  `update handover.endpoint e set settings = $3::jsonb, sealed = $4, revision = e.revision + 1, updated_at = now()
   where ${GATE} and e.tenant = $1 and e.id = $2 returning ${columns}`,
);

export const moveEndpoint = tenantQuery<EndpointRow, readonly [id: string, status: string, reason: string | null]>(
  "registry.move",
  `update handover.endpoint e set status = $3, reason = $4, revision = e.revision + 1, updated_at = now(),
     standing = case when $3 = 'active' then '{}' else e.standing end
   where ${GATE} and e.tenant = $1 and e.id = $2 returning ${columns}`,
);

/** What the receiver at the old address had earned or asked for is no business of the one at the new. */
export const forgetStanding = tenantQuery<EndpointRow, readonly [id: string]>(
  "registry.forget_standing",
  `update handover.endpoint e set circuit = 'closed', circuit_failures = 0, circuit_until = '-infinity', quiet_until = '-infinity', standing = '{}'
   where ${GATE} and e.tenant = $1 and e.id = $2 returning ${columns}`,
);

/** What waits for another try waits for the old address. What a replay spreads over time goes on as it was asked for. */
export const bringForward = tenantQuery<{ readonly sequence: string }, readonly [id: string]>(
  "registry.bring_forward",
  `update handover.delivery d set due_at = now()
   where ${GATE} and d.tenant = $1 and d.endpoint = $2 and d.state = 'pending' and d.due_at > now() and d.attempts > d.schedule_from
   returning d.sequence`,
);

export interface DeliveryRow {
  readonly endpoint: string;
  readonly sequence: string;
  readonly event_id: string;
  readonly job: string;
  readonly job_sequence: number;
  readonly type: string;
  readonly state: string;
  readonly code: string | null;
  readonly attempts: number;
  readonly overtook: string | null;
  readonly due_at: Date;
  readonly created_at: Date;
  readonly done_at: Date | null;
  /** The same in microseconds, as a page's mark needs it. */
  readonly done_exact: string | null;
}

const deliveryColumns = `d.endpoint, d.sequence, d.event_id, d.job, d.job_sequence, d.type, d.state, d.code, d.attempts, d.overtook, d.due_at, d.created_at, d.done_at, d.done_at::text as done_exact`;

export const readDelivery = tenantQuery<DeliveryRow, readonly [endpoint: string, sequence: string]>(
  "registry.delivery",
  `select ${deliveryColumns} from handover.delivery d where ${GATE} and d.tenant = $1 and d.endpoint = $2 and d.sequence = $3::bigint`,
);

/**
 * Who was owed one event, or the events of one log. By the index that keeps an event from being owed twice: each pair of
 * event and endpoint is one probe, so that looking this up costs every insert nothing.
 */
export const listOwed = tenantQuery<
  DeliveryRow,
  readonly [
    event: string | null,
    log: string | null,
    endpoint: string | null,
    afterSequence: number | null,
    afterEndpoint: string | null,
    limit: number,
  ]
>(
  "registry.list-owed",
  `with wanted as (
     select $2::text as id where $2::text is not null
     union all
     select ev.id from handover.event ev
     where ${GATE} and ev.tenant = $1 and ev.job = $3 and not ev.draft and ($5::int is null or ev.seq >= $5::int)
   )
   select ${deliveryColumns} from handover.endpoint e cross join wanted w
   cross join lateral (
     select one.* from handover.delivery one
     where ${GATE} and one.tenant = $1 and (one.event_id || ' ' || one.endpoint) = (w.id || ' ' || e.id) offset 0) d
   where ${GATE} and e.tenant = $1 and ($4::text is null or e.id = $4)
     and ($5::int is null or (d.job_sequence, d.endpoint) > ($5::int, $6::text))
   order by d.job_sequence, d.endpoint limit $7::int`,
);

/** What was kept, newest first: exhausted (`dead`) and held. */
export const listKept = tenantQuery<
  DeliveryRow,
  readonly [
    states: readonly string[],
    endpoint: string | null,
    types: readonly string[] | null,
    since: string | null,
    until: string | null,
    beforeAt: string | null,
    beforeEndpoint: string | null,
    beforeSequence: string | null,
    limit: number,
  ]
>(
  "registry.list-kept",
  `select ${deliveryColumns} from handover.delivery d
   where ${GATE} and d.tenant = $1 and d.state in ('dead', 'held') and d.state = any ($2::text[])
     and ($3::text is null or d.endpoint = $3) and ($4::text[] is null or d.type = any ($4::text[]))
     and ($5::timestamptz is null or d.created_at >= $5) and ($6::timestamptz is null or d.created_at < $6)
     and ($7::timestamptz is null or (d.done_at, d.endpoint, d.sequence) < ($7::timestamptz, $8::text, $9::bigint))
   order by d.done_at desc, d.endpoint desc, d.sequence desc limit $10::int`,
);

export interface AttemptRow {
  readonly sequence: string;
  readonly number: number;
  readonly event_id: string | null;
  readonly type: string | null;
  readonly outcome: string;
  readonly code: string;
  readonly http_status: number | null;
  readonly response_bytes: number;
  readonly duration_ms: number;
  readonly started_at: Date;
  readonly retry_at: Date | null;
}

const attemptColumns = `a.sequence, a.number, d.event_id, d.type, a.outcome, a.code, a.http_status, a.response_bytes, a.duration_ms,
  a.started_at, a.retry_at`;

/** The attempts at one delivery with what was answered, newest first. `$4`: none is older, so whole days are left out. */
export const deliveryAttempts = tenantQuery<
  AttemptRow & { readonly answer: Buffer | null },
  readonly [endpoint: string, sequence: string, since: Date, limit: number]
>(
  "registry.delivery-attempts",
  `select ${attemptColumns}, a.answer from handover.attempt a
   left join handover.delivery d on d.tenant = a.tenant and d.endpoint = a.endpoint and d.sequence = a.sequence
   where ${GATE} and a.tenant = $1 and a.endpoint = $2 and a.sequence = $3::bigint and a.started_at >= $4::timestamptz
   order by a.number desc limit $5::int`,
);

/** By delivery, newest first; each delivery's attempts newest first. */
export const listAttempts = tenantQuery<
  AttemptRow,
  readonly [
    endpoint: string,
    sequence: string | null,
    outcomes: readonly string[] | null,
    since: string | null,
    beforeSequence: string | null,
    beforeNumber: number | null,
    limit: number,
  ]
>(
  "registry.list-attempts",
  `select ${attemptColumns} from handover.attempt a
   left join handover.delivery d on d.tenant = a.tenant and d.endpoint = a.endpoint and d.sequence = a.sequence
   where ${GATE} and a.tenant = $1 and a.endpoint = $2 and ($3::bigint is null or a.sequence = $3)
     and ($4::text[] is null or a.outcome = any ($4::text[])) and ($5::timestamptz is null or a.started_at >= $5)
     and ($6::bigint is null or (a.sequence, a.number) < ($6::bigint, $7::int))
   order by a.sequence desc, a.number desc limit $8::int`,
);

/**
 * Owes deliveries anew, in their order, `$10` a second from the `$9`th second on. Numbers of attempts go on; the schedule
 * begins again. Only endpoints that take something now: what others are owed is held in any case.
 */
export const replayBatch = tenantQuery<
  { readonly endpoint: string; readonly sequence: string },
  readonly [
    states: readonly string[],
    endpoint: string | null,
    types: readonly string[] | null,
    since: string | null,
    until: string | null,
    only: readonly string[] | null,
    limit: number,
    afterSeconds: number,
    perSecond: number,
  ]
>(
  "registry.replay",
  `with chosen as (
     select k.endpoint, k.sequence, row_number() over (order by k.endpoint, k.sequence) as place from (
       select d.endpoint, d.sequence from handover.delivery d
       where ${GATE} and d.tenant = $1 and d.state = any ($2::text[])
         and ($3::text is null or d.endpoint = $3) and ($4::text[] is null or d.type = any ($4::text[]))
         and ($5::timestamptz is null or d.created_at >= $5) and ($6::timestamptz is null or d.created_at < $6)
         and ($7::text[] is null or d.endpoint || ':' || d.sequence = any ($7::text[]))
         and exists (select 1 from handover.endpoint e where e.tenant = $1 and e.id = d.endpoint and e.status = 'active')
       order by d.endpoint, d.sequence limit $8::int) k
   )
   update handover.delivery d
   set state = 'pending', due_at = now() + ($9::float8 + (c.place - 1) / $10::float8) * interval '1 second',
     schedule_from = d.attempts, code = null, done_at = null
   from chosen c
   where ${GATE} and d.tenant = $1 and d.endpoint = c.endpoint and d.sequence = c.sequence and d.state = any ($2::text[])
   returning d.endpoint, d.sequence`,
);

/**
 * Events since a moment that an endpoint was never owed, oldest first. What it was owed is read once, into a hash: under the
 * tenant wall the index of the fan-out's safety net serves no search, for its expression might tell of other tenants' rows, and
 * as a join every event is compared with every delivery. The minute is for a fan-out that began before its event.
 */
export const missingEvents = tenantQuery<
  { readonly job: string; readonly seq: number; readonly pos: string; readonly data: EventData },
  readonly [
    endpoint: string,
    since: string,
    types: readonly string[],
    dealtOut: string,
    limit: number,
    afterPosition: string,
  ]
>(
  "registry.missing",
  `select e.job, e.seq, e.pos, e.data from handover.event e
   where ${GATE} and e.tenant = $1 and e.pos > $7::bigint and e.pos <= $5::bigint and e.at >= $3::timestamptz and e.type = any ($4::text[])
     and e.id not in (select d.event_id from handover.delivery d
       where d.tenant = $1 and d.endpoint = $2 and d.created_at >= $3::timestamptz - interval '1 minute')
   order by e.pos limit $6::int`,
);
