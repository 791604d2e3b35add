/** Statements of batches. */
import { GATE, tenantQuery } from "../../db/query.ts";
import { systemQuery } from "../../db/system.ts";

export interface BatchRow {
  readonly id: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly digest: string | null;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly created_at: Date;
  readonly completed_at: Date | null;
  readonly trace_parent: string | null;
}

const columns =
  "b.id, b.total, b.done, b.failed, b.digest, b.actor_kind, b.actor_id, b.created_at, b.completed_at, b.trace_parent";

/** No row: a batch with this key is there. */
export const insertBatch = tenantQuery<
  { readonly id: string },
  readonly [
    id: string,
    key: string | null,
    digest: string | null,
    actorKind: string,
    actorId: string,
    items: readonly Buffer[],
    traceParent: string | null,
  ]
>(
  "batches.insert",
  `with b as (
     insert into handover.batch (tenant, id, total, key, digest, actor_kind, actor_id, trace_parent)
     select $1, $2, cardinality($7::bytea[]), $3, $4, $5, $6, $8 where ${GATE}
     on conflict (tenant, key) where key is not null do nothing returning id
   ), items as (
     insert into handover.batch_item (tenant, batch, place, sealed)
     select $1, b.id, item.place, item.sealed from b, unnest($7::bytea[]) with ordinality as item (sealed, place)
   )
   select id from b`,
);

export const readBatch = tenantQuery<BatchRow, readonly [id: string]>(
  "batches.read",
  `select ${columns} from handover.batch b where ${GATE} and b.tenant = $1 and b.id = $2`,
);

export const readBatchByKey = tenantQuery<BatchRow, readonly [key: string]>(
  "batches.read-by-key",
  `select ${columns} from handover.batch b where ${GATE} and b.tenant = $1 and b.key = $2`,
);

export interface ItemRow {
  readonly place: number;
  readonly state: "waiting" | "started" | "done" | "failed";
  readonly job: string | null;
  readonly code: string | null;
  readonly patient: string | null;
  readonly encounter: string | null;
}

export const readItems = tenantQuery<ItemRow, readonly [batch: string]>(
  "batches.items",
  `select i.place, i.state, i.job, i.code, j.patient, j.encounter from handover.batch_item i
   left join handover.job j on j.tenant = i.tenant and j.id = i.job
   where ${GATE} and i.tenant = $1 and i.batch = $2 order by i.place`,
);

export const dueBatches = systemQuery<{ readonly tenant: string; readonly batch: string }, readonly [most: number]>(
  "batches.due",
  "select * from handover.sys_due_batches($1)",
);

export const dueItems = tenantQuery<
  { readonly place: number; readonly sealed: Buffer },
  readonly [batch: string, most: number]
>(
  "batches.due-items",
  `select i.place, i.sealed from handover.batch_item i
   where ${GATE} and i.tenant = $1 and i.batch = $2 and i.state = 'waiting' and i.due_at <= now() and i.sealed is not null
   order by i.place limit $3::int`,
);

/**
 * Notes an item's job. Waits for whoever is changing the job: of a job that ends at this very moment, either this statement
 * sees the end, or the reader of the log, which comes later, finds the item.
 */
export const startItem = tenantQuery<{ readonly place: number }, readonly [batch: string, place: number, job: string]>(
  "batches.start-item",
  `with job as (
     select j.id, j.status from handover.job j where ${GATE} and j.tenant = $1 and j.id = $4 for share
   )
   update handover.batch_item i
   set job = job.id, sealed = null,
     state = case job.status when 'completed' then 'done' when 'failed' then 'failed' when 'cancelled' then 'failed' else 'started' end,
     code = case when job.status in ('failed', 'cancelled') then job.status end
   from job where ${GATE} and i.tenant = $1 and i.batch = $2 and i.place = $3 and i.state = 'waiting'
   returning i.place`,
);

/** It comes to nothing: `code` of the error table. */
export const failItem = tenantQuery<{ readonly place: number }, readonly [batch: string, place: number, code: string]>(
  "batches.fail-item",
  `update handover.batch_item i set state = 'failed', code = $4, sealed = null
   where ${GATE} and i.tenant = $1 and i.batch = $2 and i.place = $3 and i.state = 'waiting' returning i.place`,
);

export const postponeItem = tenantQuery<
  { readonly place: number },
  readonly [batch: string, place: number, seconds: number]
>(
  "batches.postpone-item",
  `update handover.batch_item i set due_at = now() + make_interval(secs => $4::float8)
   where ${GATE} and i.tenant = $1 and i.batch = $2 and i.place = $3 and i.state = 'waiting' returning i.place`,
);

/** Items whose jobs have ended: $2 jobs, $3 how (`done`, `failed`), $4 codes. Returns their batches. */
export const settleItems = tenantQuery<
  { readonly batch: string },
  readonly [jobs: readonly string[], states: readonly string[], codes: readonly (string | null)[]]
>(
  "batches.settle-items",
  `update handover.batch_item i set state = ended.state, code = ended.code
   from unnest($2::text[], $3::text[], $4::text[]) as ended (job, state, code)
   where ${GATE} and i.tenant = $1 and i.job = ended.job and i.state = 'started'
   returning i.batch`,
);

/** Counts anew, under the batch's lock. Returns a row only where the counts have changed. */
export const recount = tenantQuery<
  { readonly total: number; readonly done: number; readonly failed: number; readonly duration_ms: number | null },
  readonly [batch: string]
>(
  "batches.recount",
  `with held as (
     select b.id from handover.batch b where ${GATE} and b.tenant = $1 and b.id = $2 for update
   ), now_at as (
     select count(*) filter (where i.state = 'done')::int as done, count(*) filter (where i.state = 'failed')::int as failed
     from held join handover.batch_item i on i.tenant = $1 and i.batch = held.id where ${GATE}
   )
   update handover.batch b
   set done = n.done, failed = n.failed,
     completed_at = case when n.done + n.failed = b.total then coalesce(b.completed_at, now()) end
   from now_at n
   where ${GATE} and b.tenant = $1 and b.id = $2 and (b.done, b.failed) <> (n.done, n.failed)
   returning b.total, b.done, b.failed, (extract(epoch from b.completed_at - b.created_at) * 1000)::float8 as duration_ms`,
);
