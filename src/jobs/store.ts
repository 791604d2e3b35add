/** Statements on the job's row and the keys that ask for it. */
import type { JobStatus, JobStep } from "../core/job/status.ts";
import type { DocStatus } from "../core/summary/status.ts";
import { GATE, tenantQuery } from "../db/query.ts";

export interface JobRow {
  readonly id: string;
  readonly status: JobStatus;
  readonly version: number;
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  /** bigint, so the driver gives text. */
  readonly epoch: string;
  readonly step: JobStep;
  readonly progress: number;
  readonly seq: number;
  readonly source: string;
  readonly patient: string;
  readonly encounter: string;
  readonly callback_url: string | null;
  readonly error: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly started_at: Date | null;
  /** Of the newest summary; null before there is one. */
  readonly summary_version: number | null;
  readonly doc_status: DocStatus | null;
  readonly sha256: string | null;
  readonly edited: boolean | null;
  /** When the chart was last seen to differ from what the draft was written from. */
  readonly context_updated_at: Date | null;
}

const jobColumns = `j.id, j.status, j.version, j.attempt, j.failures, j.losses, j.epoch, j.step, j.progress, j.seq, j.source, j.patient, j.encounter,
  j.callback_url, j.error, j.created_at, j.updated_at, j.started_at, j.context_updated_at`;
export const columns = `${jobColumns}, s.version as summary_version, s.doc_status, s.sha256, s.edited`;
export const newestSummary = `left join lateral (
  select version, doc_status, sha256, edited, created_at, signed_at from handover.summary
  where tenant = j.tenant and job = j.id order by version desc limit 1) s on true`;

export const readJob = tenantQuery<JobRow, readonly [id: string]>(
  "jobs.read",
  `select ${columns} from handover.job j ${newestSummary} where ${GATE} and j.tenant = $1 and j.id = $2`,
);

/** Takes the row's lock: every change of a job begins here. */
export const lockJob = tenantQuery<JobRow, readonly [id: string]>(
  "jobs.lock",
  `select ${columns} from handover.job j ${newestSummary} where ${GATE} and j.tenant = $1 and j.id = $2 for update of j`,
);

export const latestJob = tenantQuery<JobRow, readonly [encounter: string, documentType: string]>(
  "jobs.latest",
  `select ${columns} from handover.job j ${newestSummary}
   where ${GATE} and j.tenant = $1 and j.encounter = $2 and j.document_type = $3 order by j.created_at desc, j.id desc limit 1`,
);

export const openJob = tenantQuery<JobRow, readonly [encounter: string, documentType: string]>(
  "jobs.open",
  `select ${columns} from handover.job j ${newestSummary}
   where ${GATE} and j.tenant = $1 and j.encounter = $2 and j.document_type = $3 and j.open`,
);

/** A hospital has as many as it has stays that are being discharged; the limit guards against a mistake. */
export const openJobs = tenantQuery<
  { readonly id: string; readonly patient: string; readonly encounter: string },
  readonly [patient: string | null]
>(
  "jobs.list-open",
  `select j.id, j.patient, j.encounter from handover.job j
   where ${GATE} and j.tenant = $1 and j.open and ($2::text is null or j.patient = $2) order by j.created_at desc limit 5000`,
);

/**
 * Makes a job with its key and its chart in one statement. No row: the key is known, or another job of the encounter is open.
 * `keyed` is false where the same key was stored at this very moment; the job must then not stay.
 */
export const insertJob = tenantQuery<
  JobRow & { readonly keyed: boolean },
  readonly [
    id: string,
    status: JobStatus,
    source: string,
    patient: string,
    encounter: string,
    documentType: string,
    trigger: string,
    actorKind: string,
    actorId: string,
    callbackUrl: string | null,
    keyKind: string | null,
    key: string | null,
    digest: string | null,
    snapshot: Buffer | null,
    traceParent: string | null,
  ]
>(
  "jobs.insert",
  `with j as (
     insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id, callback_url, dispatched_at, trace_parent)
     select $1, $2, $3, true, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp(), $16
     where ${GATE} and not exists (select 1 from handover.job_key k where k.tenant = $1 and k.kind = $12 and k.key = $13)
     on conflict (tenant, encounter, document_type) where open do nothing
     returning *
   ), keyed as (
     insert into handover.job_key (tenant, kind, key, digest, job) select $1, $12, $13, $14, j.id from j where $12::text is not null
     on conflict (tenant, kind, key) do nothing returning job
   ), given as (
     insert into handover.chart_snapshot (tenant, job, kind, sealed) select $1, j.id, 'given', $15 from j where $15::bytea is not null
   )
   select ${jobColumns}, null as summary_version, null as doc_status, null as sha256, null as edited,
     $12::text is null or exists (select 1 from keyed) as keyed
   from j`,
);

export const readKey = tenantQuery<
  { readonly digest: string; readonly job: string },
  readonly [kind: string, key: string]
>("jobs.read-key", `select digest, job from handover.job_key where ${GATE} and tenant = $1 and kind = $2 and key = $3`);

/** No row: the same key was stored meanwhile. */
export const insertKey = tenantQuery<
  { readonly job: string },
  readonly [kind: string, key: string, digest: string, job: string]
>(
  "jobs.insert-key",
  `insert into handover.job_key (tenant, kind, key, digest, job) select $1, $2, $3, $4, $5 where ${GATE}
   on conflict (tenant, kind, key) do nothing returning job`,
);

/**
 * A change of state. `epoch` counts up by $4 (which fences a worker out), failures by $6; a delay ($7) moves the moment from
 * which the job counts as not taken.
 */
export const moveJob = tenantQuery<
  { readonly epoch: string; readonly version: number },
  readonly [
    id: string,
    status: JobStatus,
    epochs: number,
    open: boolean,
    failures: number,
    delaySeconds: number,
    error: string | null,
    step: JobStep,
    progress: number,
  ]
>(
  "jobs.move",
  `update handover.job set status = $3, epoch = epoch + $4::int, open = $5, failures = failures + $6::int, error = $8, step = $9, progress = $10::real,
     worker = case when $3 = 'in-progress' then worker end,
     dispatched_at = case when $3 = 'requested' then clock_timestamp() + make_interval(secs => $7::double precision) else dispatched_at end,
     ended_at = case when $3 in ('completed', 'failed', 'cancelled') then coalesce(ended_at, clock_timestamp()) end,
     version = version + 1, updated_at = clock_timestamp()
   where ${GATE} and tenant = $1 and id = $2
   returning epoch, version`,
);

/** A visible change that leaves the state as it is: an edit, a signature. */
export const touchJob = tenantQuery<{ readonly version: number }, readonly [id: string, open: boolean]>(
  "jobs.touch",
  `update handover.job set open = $3, version = version + 1, updated_at = clock_timestamp() where ${GATE} and tenant = $1 and id = $2 returning version`,
);
