/** Statements on the books of model calls. */
import { GATE, tenantQuery } from "../../db/query.ts";
import { systemQuery } from "../../db/system.ts";

/** One admission at a time in a tenant: what is left of a budget is looked at and taken in one piece. */
export const lockBooks = tenantQuery<{ readonly locked: string }>(
  "models.lock",
  `select pg_advisory_xact_lock(hashtextextended('model-books/' || $1, 0))::text as locked where ${GATE}`,
);

export interface StandingRow {
  /** bigint and the like come as text. */
  readonly tokens: string;
  readonly cost: number;
  readonly running: number;
}

/** What was used since a moment, what running calls may still use included. */
export const standing = tenantQuery<StandingRow, readonly [since: string]>(
  "models.standing",
  `select coalesce(sum(c.input_tokens::bigint + c.output_tokens) filter (where not c.cached), 0)::text as tokens,
     coalesce(sum(c.cost) filter (where not c.cached), 0)::float8 as cost,
     count(*) filter (where c.state = 'running' and c.lease_until > clock_timestamp())::int as running
   from handover.model_call c
   where ${GATE} and c.tenant = $1 and (c.started_at >= $2::timestamptz or (c.state = 'running' and c.lease_until > clock_timestamp()))`,
);

export const openCall = tenantQuery<
  { readonly id: string },
  readonly [
    id: string,
    job: string | null,
    part: string,
    provider: string,
    model: string,
    promptHash: string,
    requestHash: string,
    mode: "shown" | "shadow",
    inputTokens: number,
    outputTokens: number,
    cost: number,
    cached: boolean,
    leaseSeconds: number,
  ]
>(
  "models.open-call",
  `insert into handover.model_call (tenant, id, job, part, provider, model, prompt_hash, request_hash, mode, input_tokens, output_tokens, cost, cached, lease_until)
   select $1, $2, $3::text, $4, $5, $6, $7, $8, $9, $10::int, $11::int, $12::float8, $13::boolean,
     clock_timestamp() + make_interval(secs => $14::double precision) where ${GATE} returning id`,
);

export const closeCall = tenantQuery<
  { readonly id: string },
  readonly [
    id: string,
    outcome: string,
    inputTokens: number,
    outputTokens: number,
    counted: boolean,
    cost: number,
    stood: number,
    dropped: number,
    drops: string,
    durationMs: number,
    keepHandle: boolean,
  ]
>(
  "models.close-call",
  `update handover.model_call set state = 'ended', outcome = $3, input_tokens = $4::int, output_tokens = $5::int, counted = $6::boolean,
     cost = $7::float8, stood = $8::int, dropped = $9::int, drops = $10::jsonb, duration_ms = $11::int,
     handle = case when $12::boolean then handle end
   where ${GATE} and tenant = $1 and id = $2 returning id`,
);

/** Whether the same is being asked at this very moment: its answer is waited for rather than bought again. */
export const askedNow = tenantQuery<{ readonly id: string }, readonly [requestHash: string]>(
  "models.asked-now",
  `select id from handover.model_call
   where ${GATE} and tenant = $1 and request_hash = $2 and state = 'running' and lease_until > clock_timestamp() limit 1`,
);

/**
 * Ends what an earlier attempt of the same job was asking. One attempt of a job is in force at a time: whoever made that call has
 * died or lost the job, and waiting out its lease would hold the draft up for minutes. What it may have used stays counted.
 */
export const endLost = tenantQuery<
  { readonly id: string },
  readonly [job: string, requestHash: string, mode: "shown" | "shadow"]
>(
  "models.end-lost",
  `update handover.model_call set state = 'ended', outcome = 'worker_lost'
   where ${GATE} and tenant = $1 and job = $2 and request_hash = $3 and mode = $4 and state = 'running' returning id`,
);

export const keepHandle = tenantQuery<{ readonly id: string }, readonly [id: string, handle: string]>(
  "models.keep-handle",
  `update handover.model_call set handle = $3 where ${GATE} and tenant = $1 and id = $2 returning id`,
);

/** What a lost or interrupted call left with its provider, newest first. */
export const earlierHandle = tenantQuery<{ readonly handle: string }, readonly [requestHash: string]>(
  "models.earlier-handle",
  `select handle from handover.model_call
   where ${GATE} and tenant = $1 and request_hash = $2 and handle is not null order by started_at desc limit 1`,
);

export const readAnswer = tenantQuery<{ readonly sealed: Buffer }, readonly [requestHash: string]>(
  "models.read-answer",
  `select sealed from handover.model_answer where ${GATE} and tenant = $1 and request_hash = $2 and expires_at > clock_timestamp()`,
);

export const keepAnswer = tenantQuery<
  { readonly request_hash: string },
  readonly [requestHash: string, job: string | null, sealed: Buffer, seconds: number]
>(
  "models.keep-answer",
  `insert into handover.model_answer (tenant, request_hash, job, sealed, expires_at)
   select $1, $2, $3::text, $4::bytea, now() + make_interval(secs => $5::double precision) where ${GATE}
   on conflict (tenant, request_hash) do update set job = excluded.job, sealed = excluded.sealed, created_at = now(), expires_at = excluded.expires_at
   returning request_hash`,
);

export interface StopRow {
  readonly model: string;
  readonly reason: string;
  readonly stopped_by: string;
  readonly stopped_at: Date;
}

export const readStops = tenantQuery<StopRow>(
  "models.read-stops",
  `select model, reason, stopped_by, stopped_at from handover.model_stop where ${GATE} and tenant = $1 order by model`,
);

export const putStop = tenantQuery<
  { readonly model: string },
  readonly [model: string, reason: string, stoppedBy: string]
>(
  "models.put-stop",
  `insert into handover.model_stop (tenant, model, reason, stopped_by) select $1, $2, $3, $4 where ${GATE}
   on conflict (tenant, model) do update set reason = excluded.reason, stopped_by = excluded.stopped_by, stopped_at = now() returning model`,
);

export const removeStop = tenantQuery<{ readonly model: string }, readonly [model: string]>(
  "models.remove-stop",
  `delete from handover.model_stop where ${GATE} and tenant = $1 and model = $2 returning model`,
);

export interface UsageRow {
  readonly provider: string;
  readonly model: string;
  readonly mode: "shown" | "shadow";
  readonly part: string;
  readonly calls: number;
  readonly cached: number;
  readonly failed: number;
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly cost: number;
  readonly stood: number;
  readonly dropped: number;
  readonly median_ms: number | null;
}

export const usageSince = tenantQuery<UsageRow, readonly [since: string]>(
  "models.usage",
  `select provider, model, mode, part, count(*)::int as calls, (count(*) filter (where cached))::int as cached,
     (count(*) filter (where outcome not in ('written', 'nothing-stood', 'cancelled')))::int as failed,
     coalesce(sum(input_tokens) filter (where not cached), 0)::text as input_tokens,
     coalesce(sum(output_tokens) filter (where not cached), 0)::text as output_tokens,
     coalesce(sum(cost) filter (where not cached), 0)::float8 as cost,
     sum(stood)::int as stood, sum(dropped)::int as dropped,
     percentile_cont(0.5) within group (order by duration_ms)::float8 as median_ms
   from handover.model_call where ${GATE} and tenant = $1 and started_at >= $2::timestamptz
   group by provider, model, mode, part order by provider, model, mode, part`,
);

export interface DropRow {
  readonly rule: string;
  readonly count: number;
}

/** Sentences that fell, by the rule that refused them. */
export const dropsSince = tenantQuery<DropRow, readonly [since: string]>(
  "models.drops",
  `select d.key as rule, sum(d.value::int)::int as count
   from handover.model_call c cross join lateral jsonb_each_text(c.drops) d
   where ${GATE} and c.tenant = $1 and c.started_at >= $2::timestamptz group by d.key order by 2 desc, 1`,
);

export const forgetModels = systemQuery<{ readonly removed: string }, readonly [keepDays: number]>(
  "models.forget",
  "select * from handover.sys_forget_models($1)",
);
