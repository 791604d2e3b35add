/** Records that an EHR's word, or a poll, made us want to look at. */
import type { Manner } from "../../core/subscriber/request.ts";
import { GATE, tenantQuery } from "../../db/query.ts";
import { systemQuery } from "../../db/system.ts";

/** How somebody came to know. */
export type Via = Manner | "polling";

export const dueNotices = systemQuery<{ readonly tenant: string; readonly reference: string }, readonly [most: number]>(
  "ehr-notices.due",
  "select * from handover.sys_due_ehr_notices($1)",
);

export const forgetNotices = systemQuery<{ readonly removed: string }>(
  "ehr-notices.forget",
  "select * from handover.sys_forget_ehr_notices()",
);

/** Told by the EHR: each is looked at, whatever was seen of it before. */
export const putNotices = tenantQuery<
  { readonly reference: string },
  readonly [references: readonly string[], via: Via]
>(
  "ehr-notices.put",
  `insert into handover.ehr_notice as n (tenant, reference, via) select $1, told.reference, $3 from unnest($2::text[]) as told (reference)
   where ${GATE} order by told.reference
   on conflict (tenant, reference) do update set due_at = now(), via = excluded.via, noticed = n.noticed + 1 returning n.reference`,
);

/** Found by a poll: those of which another version was seen, or none. Returns what nobody had told of. */
export const findNotices = tenantQuery<
  { readonly reference: string },
  readonly [references: readonly string[], versions: readonly string[]]
>(
  "ehr-notices.find",
  `insert into handover.ehr_notice as n (tenant, reference, via)
   select $1, found.reference, 'polling' from unnest($2::text[], $3::text[]) as found (reference, version)
   where ${GATE} and not exists (
     select from handover.ehr_notice k
     where k.tenant = $1 and k.reference = found.reference and (k.version = found.version or k.due_at is not null))
   order by found.reference
   on conflict (tenant, reference) do update set due_at = now(), via = excluded.via, noticed = n.noticed + 1 returning n.reference`,
);

export interface ClaimedNotice {
  readonly via: Via;
  readonly version: string | null;
  readonly noticed: number;
  readonly attempts: number;
  readonly outcome: string | null;
}

/** Takes one for `$3` seconds; no row where another replica was first. */
export const claimNotice = tenantQuery<ClaimedNotice, readonly [reference: string, leaseSeconds: number]>(
  "ehr-notices.claim",
  `update handover.ehr_notice n set lease_until = now() + make_interval(secs => $3), attempts = n.attempts + 1
   where ${GATE} and n.tenant = $1 and n.reference = $2 and n.due_at <= now() and n.lease_until <= now()
   returning n.via, n.version, n.noticed, n.attempts, n.outcome`,
);

/** What came of a look. Told of again meanwhile, it stays due. */
export const settleNotice = tenantQuery<
  { readonly reference: string },
  readonly [
    reference: string,
    noticed: number,
    version: string | null,
    outcome: string,
    kind: string | null,
    job: string | null,
  ]
>(
  "ehr-notices.settle",
  `update handover.ehr_notice n
   set due_at = case when n.noticed = $3 then null else n.due_at end, version = $4, outcome = $5, kind = coalesce($6, n.kind),
     job = coalesce($7, n.job), attempts = 0, lease_until = '-infinity', looked_at = now()
   where ${GATE} and n.tenant = $1 and n.reference = $2 returning n.reference`,
);

export const postponeNotice = tenantQuery<
  { readonly reference: string },
  readonly [reference: string, afterSeconds: number, outcome: string]
>(
  "ehr-notices.postpone",
  `update handover.ehr_notice n set due_at = now() + make_interval(secs => $3), outcome = $4, lease_until = '-infinity'
   where ${GATE} and n.tenant = $1 and n.reference = $2 returning n.reference`,
);

/** An EHR that does not answer is left alone by all of them: each would hold up other hospitals for as long as a call may take. */
export const holdNotices = tenantQuery<{ readonly reference: string }, readonly [seconds: number]>(
  "ehr-notices.hold",
  `update handover.ehr_notice n set due_at = now() + make_interval(secs => $2)
   where ${GATE} and n.tenant = $1 and n.due_at <= now() and n.lease_until <= now() returning n.reference`,
);

/** What is waiting, and since when. */
export const noticeBacklog = tenantQuery<{ readonly waiting: number; readonly oldest: Date | null }>(
  "ehr-notices.backlog",
  `select count(*)::int as waiting, min(n.due_at) as oldest from handover.ehr_notice n
   where ${GATE} and n.tenant = $1 and n.due_at is not null`,
);
