/** Rows of our Subscriptions at the EHRs. */
import type { SubscriptionPhase } from "../../core/subscriber/lifecycle.ts";
import type { Manner } from "../../core/subscriber/request.ts";
import type { Watch } from "../../core/subscriber/wanted.ts";
import { GATE, tenantQuery } from "../../db/query.ts";
import { systemQuery } from "../../db/system.ts";

export interface EhrSubscriptionRow {
  readonly id: string;
  readonly watch: Watch;
  readonly manner: Manner;
  readonly criteria: string;
  readonly terms: string;
  readonly secret_sha256: Buffer;
  readonly sealed: Buffer;
  readonly phase: SubscriptionPhase;
  readonly revision: number;
  readonly remote: string | null;
  readonly proof: string | null;
  readonly proven_at: Date | null;
  readonly asked_at: Date | null;
  readonly heard_at: Date | null;
  readonly checked_at: Date | null;
  readonly beats: boolean;
  /** bigint, so the driver gives text. */
  readonly position: string | null;
  readonly counted: string;
  readonly end_at: Date | null;
  readonly error: string | null;
  readonly failures: number;
  readonly created_at: Date;
}

const columns = `s.id, s.watch, s.manner, s.criteria, s.terms, s.secret_sha256, s.sealed, s.phase, s.revision, s.remote, s.proof, s.proven_at,
  s.asked_at, s.heard_at, s.checked_at, s.beats, s.position, s.counted, s.end_at, s.error, s.failures, s.created_at`;

export const dueEhrSubscriptions = systemQuery<
  { readonly tenant: string; readonly subscription: string },
  readonly [most: number]
>("ehr-subscriptions.due", "select * from handover.sys_due_ehr_subscriptions($1)");

export const listEhrSubscriptions = tenantQuery<EhrSubscriptionRow>(
  "ehr-subscriptions.list",
  `select ${columns} from handover.ehr_subscription s where ${GATE} and s.tenant = $1 order by s.watch, s.manner, s.criteria, s.created_at`,
);

export const readEhrSubscription = tenantQuery<EhrSubscriptionRow, readonly [id: string]>(
  "ehr-subscriptions.read",
  `select ${columns} from handover.ehr_subscription s where ${GATE} and s.tenant = $1 and s.id = $2`,
);

export const lockEhrSubscription = tenantQuery<EhrSubscriptionRow, readonly [id: string]>(
  "ehr-subscriptions.lock",
  `select ${columns} from handover.ehr_subscription s where ${GATE} and s.tenant = $1 and s.id = $2 for update`,
);

/** No row: another replica was first. */
export const insertEhrSubscription = tenantQuery<
  { readonly id: string },
  readonly [
    id: string,
    watch: Watch,
    manner: Manner,
    criteria: string,
    terms: string,
    secretSha256: Buffer,
    sealed: Buffer,
  ]
>(
  "ehr-subscriptions.insert",
  `insert into handover.ehr_subscription (tenant, id, watch, manner, criteria, terms, secret_sha256, sealed)
   select $1, $2, $3, $4, $5, $6, $7, $8 where ${GATE}
   on conflict (tenant, watch, manner, criteria) where phase <> 'ended' do nothing returning id`,
);

export const endEhrSubscription = tenantQuery<{ readonly id: string }, readonly [id: string]>(
  "ehr-subscriptions.end",
  `update handover.ehr_subscription s set phase = 'ended', revision = s.revision + 1, check_at = now()
   where ${GATE} and s.tenant = $1 and s.id = $2 and s.phase <> 'ended' returning s.id`,
);

export const deleteEhrSubscription = tenantQuery<{ readonly id: string }, readonly [id: string]>(
  "ehr-subscriptions.delete",
  `delete from handover.ehr_subscription s where ${GATE} and s.tenant = $1 and s.id = $2 and s.phase = 'ended' returning s.id`,
);

/** Takes a due one for `$3` seconds; no row where another replica was first, or nothing is due any more. */
export const claimEhrSubscription = tenantQuery<
  EhrSubscriptionRow & { readonly claimed: string },
  readonly [id: string, leaseSeconds: number]
>(
  "ehr-subscriptions.claim",
  `update handover.ehr_subscription s set lease_until = now() + make_interval(secs => $3)
   where ${GATE} and s.tenant = $1 and s.id = $2 and s.check_at <= now() and s.lease_until <= now()
   returning ${columns}, s.check_at::text as claimed`,
);

/** A message came. */
export const hearEhrSubscription = tenantQuery<
  { readonly id: string },
  readonly [
    id: string,
    phase: SubscriptionPhase,
    proof: string | null,
    heardAt: string,
    beats: boolean,
    position: number,
    counted: number,
    checkAt: string,
  ]
>(
  "ehr-subscriptions.hear",
  `update handover.ehr_subscription s
   set revision = s.revision + case when s.phase = $3 then 0 else 1 end,
     proof = case when s.phase <> 'proven' and $3 = 'proven' then $4 else s.proof end,
     proven_at = case when s.phase <> 'proven' and $3 = 'proven' then $5::timestamptz else s.proven_at end,
     phase = $3, heard_at = $5::timestamptz, beats = $6, position = $7::bigint, counted = $8::bigint, check_at = $9::timestamptz,
     failures = 0, error = null
   where ${GATE} and s.tenant = $1 and s.id = $2 returning s.id`,
);

/** Up to which event all is accounted for, once a gap was closed by other means than its numbers. */
export const numberEhrSubscription = tenantQuery<never, readonly [id: string, position: number, counted: number]>(
  "ehr-subscriptions.number",
  `update handover.ehr_subscription s set position = $3::bigint, counted = $4::bigint
   where ${GATE} and s.tenant = $1 and s.id = $2`,
);

/** The EHR has taken the request. A handshake may have been quicker than its answer: what is proven stays so. */
export const askedEhrSubscription = tenantQuery<
  EhrSubscriptionRow,
  readonly [id: string, remote: string, phase: SubscriptionPhase, askedAt: string, endAt: string]
>(
  "ehr-subscriptions.asked",
  `update handover.ehr_subscription s
   set revision = s.revision + case when s.phase in ('proven', 'ended', $4) then 0 else 1 end,
     phase = case when s.phase in ('proven', 'ended') then s.phase else $4 end,
     remote = $3, position = coalesce(s.position, 0), asked_at = $5::timestamptz, end_at = $6::timestamptz, failures = 0, error = null
   where ${GATE} and s.tenant = $1 and s.id = $2 returning ${columns}`,
);

/** Another phase, unless a message has changed it meanwhile. `$5` false forgets the id at the EHR: it is there no more. */
export const moveEhrSubscription = tenantQuery<
  EhrSubscriptionRow,
  readonly [
    id: string,
    revision: number,
    phase: SubscriptionPhase,
    keepRemote: boolean,
    error: string | null,
    at: string,
  ]
>(
  "ehr-subscriptions.move",
  `update handover.ehr_subscription s
   set revision = s.revision + 1, phase = $4, remote = case when $5 then s.remote end, error = $6,
     asked_at = case when $4 in ('refused', 'unproven') then $7::timestamptz else s.asked_at end,
     beats = s.beats and $4 = 'proven', position = case when $5 then s.position end,
     counted = case when $5 then s.counted else 0 end
   where ${GATE} and s.tenant = $1 and s.id = $2 and s.revision = $3 returning ${columns}`,
);

/** Lets it go until it is due again. What came while it was held may have made it due earlier: that stands. */
export const releaseEhrSubscription = tenantQuery<
  { readonly id: string },
  readonly [
    id: string,
    checkedAt: string | null,
    checkAt: string,
    failed: boolean,
    error: string | null,
    claimed: string,
  ]
>(
  "ehr-subscriptions.release",
  `update handover.ehr_subscription s
   set lease_until = '-infinity', checked_at = coalesce($3::timestamptz, s.checked_at),
     check_at = case when s.check_at = $7::timestamptz then $4::timestamptz else least(s.check_at, $4::timestamptz) end,
     failures = case when $5 then s.failures + 1 else 0 end, error = coalesce($6, case when $5 then s.error end)
   where ${GATE} and s.tenant = $1 and s.id = $2 returning s.id`,
);

/** Something was not told: what was proven is so no more. */
export const silenceEhrSubscriptions = tenantQuery<{ readonly id: string }, readonly [watch: Watch]>(
  "ehr-subscriptions.silence",
  `update handover.ehr_subscription s set phase = 'silent', revision = s.revision + 1, check_at = now(), error = 'notification_lost'
   where ${GATE} and s.tenant = $1 and s.watch = $2 and s.phase = 'proven' returning s.id`,
);
