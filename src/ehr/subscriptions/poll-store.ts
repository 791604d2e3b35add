/** What an EHR is asked for again and again, and how far that has come. */
import { GATE, tenantQuery } from "../../db/query.ts";
import { systemQuery } from "../../db/system.ts";

/** The poll of ended stays; every other subject is a job's id. */
export const dischargePoll = "discharge";

export const duePolls = systemQuery<{ readonly tenant: string; readonly subject: string }, readonly [most: number]>(
  "ehr-polls.due",
  "select * from handover.sys_due_ehr_polls($1)",
);

/** Begins now: stays that ended before are not ours to start. */
export const insertPolls = tenantQuery<
  { readonly subject: string },
  readonly [subjects: readonly string[], firstAfterSeconds: number]
>(
  "ehr-polls.insert",
  `insert into handover.ehr_poll (tenant, subject, due_at)
   select $1, wanted.subject, now() + make_interval(secs => $3) from unnest($2::text[]) as wanted (subject)
   where ${GATE} order by wanted.subject on conflict do nothing returning subject`,
);

export interface ClaimedPoll {
  readonly cursor: Date;
  readonly failures: number;
  /** When it was due, exactly. */
  readonly claimed: string;
}

export const claimPoll = tenantQuery<ClaimedPoll, readonly [subject: string, leaseSeconds: number]>(
  "ehr-polls.claim",
  `update handover.ehr_poll p set lease_until = now() + make_interval(secs => $3)
   where ${GATE} and p.tenant = $1 and p.subject = $2 and p.due_at <= now() and p.lease_until <= now()
   returning p.cursor, p.failures, p.due_at::text as claimed`,
);

/** Hastened while it was under way, it is due again at once. */
export const settlePoll = tenantQuery<
  { readonly subject: string },
  readonly [subject: string, cursor: string, afterSeconds: number, claimed: string]
>(
  "ehr-polls.settle",
  `update handover.ehr_poll p
   set cursor = $3::timestamptz, due_at = case when p.due_at = $5::timestamptz then now() + make_interval(secs => $4) else p.due_at end,
     lease_until = '-infinity', polled_at = now(), failures = 0,
     error = null
   where ${GATE} and p.tenant = $1 and p.subject = $2 returning p.subject`,
);

export const postponePoll = tenantQuery<
  { readonly subject: string },
  readonly [subject: string, afterSeconds: number, error: string]
>(
  "ehr-polls.postpone",
  `update handover.ehr_poll p
   set due_at = now() + make_interval(secs => $3), lease_until = '-infinity', failures = p.failures + 1, error = $4
   where ${GATE} and p.tenant = $1 and p.subject = $2 returning p.subject`,
);

/** An EHR that does not answer is left alone by all of them: each would hold up other hospitals for as long as a call may take. */
export const holdPolls = tenantQuery<{ readonly subject: string }, readonly [seconds: number]>(
  "ehr-polls.hold",
  `update handover.ehr_poll p set due_at = now() + make_interval(secs => $2)
   where ${GATE} and p.tenant = $1 and p.due_at <= now() and p.lease_until <= now() returning p.subject`,
);

/** Due at once: something happened, and only a search tells what. */
export const hastenPolls = tenantQuery<{ readonly subject: string }, readonly [discharge: boolean]>(
  "ehr-polls.hasten",
  `update handover.ehr_poll p set due_at = now() where ${GATE} and p.tenant = $1 and (p.subject = 'discharge') = $2 returning p.subject`,
);

export const removePoll = tenantQuery<{ readonly subject: string }, readonly [subject: string]>(
  "ehr-polls.remove",
  `delete from handover.ehr_poll p where ${GATE} and p.tenant = $1 and p.subject = $2 returning p.subject`,
);

export const removePolls = tenantQuery<{ readonly subject: string }>(
  "ehr-polls.remove-all",
  `delete from handover.ehr_poll p where ${GATE} and p.tenant = $1 returning p.subject`,
);

/** Of the tenant's polls: how they stand. */
export const readPoll = tenantQuery<
  {
    readonly cursor: Date;
    readonly polled_at: Date | null;
    readonly error: string | null;
    readonly failures: number;
  },
  readonly [subject: string]
>(
  "ehr-polls.read",
  `select p.cursor, p.polled_at, p.error, p.failures from handover.ehr_poll p where ${GATE} and p.tenant = $1 and p.subject = $2`,
);
