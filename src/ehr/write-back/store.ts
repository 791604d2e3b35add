/** Rows of the documents that the EHR is owed. */
import { GATE, tenantQuery } from "../../db/query.ts";
import { systemQuery } from "../../db/system.ts";

export interface DueWrite {
  readonly tenant: string;
  readonly job: string;
  readonly version: number;
  readonly doc_status: string;
}

export interface ClaimedWrite {
  readonly attempts: number;
  readonly fence: number;
  /** The signer that it waited for until now. */
  readonly waits_for: string | null;
  /** The EHR has taken it and did not show it. */
  readonly confirmed: boolean;
}

export const dueWrites = systemQuery<DueWrite, readonly [most: number]>(
  "write-back.due",
  "select * from handover.sys_due_writes($1)",
);

export const insertWrite = tenantQuery<never, readonly [job: string, version: number, docStatus: string]>(
  "write-back.insert",
  `insert into handover.document_write (tenant, job, version, doc_status)
   select $1, $2, $3, $4 where ${GATE}
   on conflict do nothing`,
);

/** Takes a due write under a lease of `$5` seconds; no row where another replica was first. */
export const claimWrite = tenantQuery<
  ClaimedWrite,
  readonly [job: string, version: number, docStatus: string, leaseSeconds: number]
>(
  "write-back.claim",
  `update handover.document_write
   set attempts = attempts + 1, fence = fence + 1, lease_until = now() + make_interval(secs => $5), updated_at = now()
   where ${GATE} and tenant = $1 and job = $2 and version = $3 and doc_status = $4
     and state = 'pending' and (lease_until is null or lease_until < now())
   returning attempts, fence, waits_for, confirmed_at is not null as confirmed`,
);

/** Notes the moment that the document bears, before it is sent: by it a try whose answer is lost is found again. */
export const datedWrite = tenantQuery<
  never,
  readonly [job: string, version: number, docStatus: string, fence: number, time: Date]
>(
  "write-back.dated",
  `update handover.document_write set document_time = $6
   where ${GATE} and tenant = $1 and job = $2 and version = $3 and doc_status = $4 and fence = $5 and state = 'pending'`,
);

/** Ends a write as written or rejected; no row where the lease was lost meanwhile. */
export const settleWrite = tenantQuery<
  { readonly job: string },
  readonly [
    job: string,
    version: number,
    docStatus: string,
    fence: number,
    state: "written" | "rejected",
    reference: string | null,
    error: string | null,
    said: Uint8Array | null,
  ]
>(
  "write-back.settle",
  `update handover.document_write
   set state = $6, reference = $7, error = $8, said = $9, waits_for = null, lease_until = null, updated_at = now()
   where ${GATE} and tenant = $1 and job = $2 and version = $3 and doc_status = $4 and fence = $5 and state = 'pending'
   returning job`,
);

/** What a failed try has left open: taken but not shown, or not answered. Null: neither. */
export type LeftOpen = "confirmed" | "unanswered" | null;

/** Puts a failed try back, due again after `$7` seconds, or once `$8` launches. */
export const postponeWrite = tenantQuery<
  { readonly job: string },
  readonly [
    job: string,
    version: number,
    docStatus: string,
    fence: number,
    error: string,
    afterSeconds: number,
    waitsFor: string | null,
    said: Uint8Array | null,
    leftOpen: LeftOpen,
  ]
>(
  "write-back.postpone",
  `update handover.document_write
   set error = $6, due_at = now() + make_interval(secs => $7), waits_for = $8, said = $9, lease_until = null, updated_at = now(),
     confirmed_at = case when $10 = 'confirmed' then coalesce(confirmed_at, now()) else confirmed_at end,
     unanswered_at = case when $10 = 'unanswered' then now() else unanswered_at end
   where ${GATE} and tenant = $1 and job = $2 and version = $3 and doc_status = $4 and fence = $5 and state = 'pending'
   returning job`,
);

/** What waited for this signer is due now. */
export const wakeWrites = tenantQuery<{ readonly job: string }, readonly [signer: string]>(
  "write-back.wake",
  `update handover.document_write set due_at = now()
   where ${GATE} and tenant = $1 and waits_for = $2 and state = 'pending'
   returning job`,
);

export interface EarlierWrite {
  readonly version: number;
  readonly doc_status: string;
  /** Null where a try was made and its outcome is not known: the EHR may hold the document all the same. */
  readonly reference: string | null;
  readonly document_time: Date | null;
  /** The EHR took it not long ago without showing it, or was asked just now and gave no answer: it may still appear. */
  readonly may_appear: boolean;
}

/** What was tried before for this job, the newest first. */
export const earlierWrites = tenantQuery<EarlierWrite, readonly [job: string, version: number, docStatus: string]>(
  "write-back.earlier",
  `select version, doc_status, reference, document_time,
     coalesce(confirmed_at > now() - interval '1 hour' or unanswered_at > now() - interval '2 minutes', false) as may_appear
   from handover.document_write
   where ${GATE} and tenant = $1 and job = $2 and (version, doc_status) <> ($3, $4) and attempts > 0
     and doc_status <> 'entered-in-error'
   order by version desc, created_at desc, updated_at desc`,
);

export interface WriteRow {
  readonly job: string;
  readonly version: number;
  readonly doc_status: string;
  readonly state: "pending" | "written" | "rejected";
  readonly attempts: number;
  readonly reference: string | null;
  readonly error: string | null;
  readonly waits_for: string | null;
  readonly said: Uint8Array | null;
  readonly due_at: Date;
  readonly updated_at: Date;
}

const columns = "job, version, doc_status, state, attempts, reference, error, waits_for, said, due_at, updated_at";

/** The writes of one job, the oldest first. */
export const writesOfJob = tenantQuery<WriteRow, readonly [job: string]>(
  "write-back.of-job",
  `select ${columns} from handover.document_write
   where ${GATE} and tenant = $1 and job = $2 order by version, created_at, updated_at`,
);

/** Writes in these states, the newest change first; what was superseded before its turn is no answer to anybody. */
export const listWrites = tenantQuery<
  WriteRow,
  readonly [states: readonly string[], before: Date | null, most: number]
>(
  "write-back.list",
  `select ${columns} from handover.document_write
   where ${GATE} and tenant = $1 and state = any($2) and error is distinct from 'superseded'
     and ($3::timestamptz is null or updated_at < $3)
   order by updated_at desc, job, version, doc_status limit $4`,
);

/**
 * Makes due now what the EHR refused, and what waits for its next try: of one job, or of all (`null`). A try that is under way
 * goes on. Whoever names a job has looked at it: what the EHR confirmed and never showed is sent again for them alone.
 */
export const retryWrites = tenantQuery<{ readonly job: string }, readonly [job: string | null]>(
  "write-back.retry",
  `update handover.document_write set state = 'pending', due_at = now(), updated_at = now(),
     confirmed_at = case when $2::text is null then confirmed_at end
   where ${GATE} and tenant = $1 and ($2::text is null or job = $2)
     and (lease_until is null or lease_until < now())
     and ((state = 'rejected' and error is distinct from 'superseded') or (state = 'pending' and due_at > now()))
   returning job`,
);
