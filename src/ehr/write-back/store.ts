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
   returning attempts, fence`,
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
  ]
>(
  "write-back.settle",
  `update handover.document_write
   set state = $6, reference = $7, error = $8, lease_until = null, updated_at = now()
   where ${GATE} and tenant = $1 and job = $2 and version = $3 and doc_status = $4 and fence = $5 and state = 'pending'
   returning job`,
);

/** Puts a failed try back, due again after `$7` seconds. */
export const postponeWrite = tenantQuery<
  { readonly job: string },
  readonly [job: string, version: number, docStatus: string, fence: number, error: string, afterSeconds: number]
>(
  "write-back.postpone",
  `update handover.document_write
   set error = $6, due_at = now() + make_interval(secs => $7), lease_until = null, updated_at = now()
   where ${GATE} and tenant = $1 and job = $2 and version = $3 and doc_status = $4 and fence = $5 and state = 'pending'
   returning job`,
);

export interface EarlierWrite {
  readonly version: number;
  readonly doc_status: string;
  /** Null where a try was made and its outcome is not known: the EHR may hold the document all the same. */
  readonly reference: string | null;
}

/** What was tried before for this job, the newest first. */
export const earlierWrites = tenantQuery<EarlierWrite, readonly [job: string, version: number, docStatus: string]>(
  "write-back.earlier",
  `select version, doc_status, reference from handover.document_write
   where ${GATE} and tenant = $1 and job = $2 and (version, doc_status) <> ($3, $4) and attempts > 0
     and doc_status <> 'entered-in-error'
   order by version desc, created_at desc, updated_at desc`,
);
