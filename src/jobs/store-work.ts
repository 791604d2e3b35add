/** Statements of the worker: claiming, fenced steps, leases, reaping. */
import { GATE, tenantQuery } from "../db/query.ts";
import { systemQuery } from "../db/system.ts";

export interface ClaimedRow {
  readonly epoch: string;
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly patient: string;
  readonly encounter: string;
  readonly trace_parent: string | null;
}

/**
 * Claims a job and appends its first event in one statement. Only the first claim says `task.started`; a later one says
 * `task.progress`. No row: the message is stale, or this worker has been declared dead.
 */
export const claimJob = tenantQuery<
  ClaimedRow,
  readonly [job: string, epoch: string, worker: string, eventId: string, started: string, progress: string]
>(
  "work.claim",
  `with job as (
     update handover.job set status = 'in-progress', epoch = epoch + 1, worker = $4, attempt = attempt + 1, seq = seq + 1, step = 'reading', progress = 0,
       version = version + 1, updated_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp())
     where ${GATE} and tenant = $1 and id = $2 and status = 'requested' and epoch = $3::bigint
       and exists (select 1 from handover.worker w where w.id = $4 and not w.dead)
     returning epoch, attempt, failures, losses, seq, source, patient, encounter, trace_parent
   ), added as (
     insert into handover.event (tenant, job, seq, id, type, source, data, draft, trace_parent)
     select $1, $2, job.seq, $5, case when job.attempt = 1 then 'task.started' else 'task.progress' end, job.source,
       jsonb_build_object('status', 'in-progress', 'patient', job.patient, 'encounter', job.encounter, 'attempt', job.attempt)
         || case when job.attempt = 1 then $6::jsonb else $7::jsonb end, false, job.trace_parent
     from job
   )
   select epoch, attempt, failures, losses, patient, encounter, trace_parent from job`,
);

/** Whether a job could still be claimed as of this epoch: then it is the worker that may not, and the message must stay. */
export const claimable = tenantQuery<{ readonly id: string }, readonly [job: string, epoch: string]>(
  "work.claimable",
  `select id from handover.job where ${GATE} and tenant = $1 and id = $2 and status = 'requested' and epoch = $3::bigint`,
);

/** Takes the row's lock for a fenced change. No row: the job moved on. */
export const holdJob = tenantQuery<
  { readonly failures: number; readonly started_at: Date; readonly source: string },
  readonly [job: string, epoch: string]
>(
  "work.hold",
  `select failures, started_at, source from handover.job
   where ${GATE} and tenant = $1 and id = $2 and epoch = $3::bigint and status = 'in-progress' for update`,
);

/** Moves the visible progress; no row: the job moved on. */
export const setProgress = tenantQuery<
  { readonly version: number },
  readonly [job: string, epoch: string, step: string, progress: number]
>(
  "work.progress",
  `update handover.job set step = $4, progress = $5::real, version = version + 1, updated_at = clock_timestamp()
   where ${GATE} and tenant = $1 and id = $2 and epoch = $3::bigint and status = 'in-progress' returning version`,
);

/** Sections of which draft text stands in the log that no reset has made void and no finished section replaced. */
export const unfinishedSections = tenantQuery<{ readonly section: string }, readonly [job: string]>(
  "work.unfinished-sections",
  `select section from handover.event
   where ${GATE} and tenant = $1 and job = $2 and draft
   group by section
   having max(seq) filter (where type = 'draft.delta') > coalesce(max(seq) filter (where type <> 'draft.delta'), 0)
   order by section`,
);

export interface HeldRow {
  readonly tenant: string;
  readonly job: string;
  readonly epoch: string;
}

export const reap = systemQuery<HeldRow, readonly [grace: string]>("work.reap", "select * from handover.sys_reap($1)");
export const redispatch = systemQuery<HeldRow, readonly [olderThan: string, most: number]>(
  "work.redispatch",
  "select * from handover.sys_redispatch($1, $2)",
);
export const held = systemQuery<HeldRow, readonly [worker: string]>("work.held", "select * from handover.sys_held($1)");
