/** Statements of hooks: calls, cards and feedback. */
import { GATE, tenantQuery } from "../db/query.ts";

/** Returns the digest that stands: one's own, or that of the first call with this hookInstance. */
export const rememberCallQuery = tenantQuery<{ digest: string }, readonly [hookInstance: string, digest: string]>(
  "hooks.remember-call",
  `insert into handover.hook_call (tenant, hook_instance, digest) select $1, $2, $3 where ${GATE}
   on conflict (tenant, hook_instance) do update set called_at = hook_call.called_at
   returning digest`,
);

export const rememberCardsQuery = tenantQuery<
  { uuid: string },
  readonly [
    uuids: readonly string[],
    jobs: readonly (string | null)[],
    states: readonly string[],
    encounter: string,
    userId: string,
  ]
>(
  "hooks.remember-cards",
  `insert into handover.card (tenant, uuid, job, state, encounter, user_id)
   select $1, shown.uuid, shown.job, shown.state, $5, $6
   from unnest($2::uuid[], $3::text[], $4::text[]) as shown (uuid, job, state) where ${GATE}
   returning uuid`,
);

export interface CardRow {
  readonly uuid: string;
  readonly job: string | null;
  readonly encounter: string;
  readonly user_id: string;
}

export const readCardsQuery = tenantQuery<CardRow, readonly [uuids: readonly string[]]>(
  "hooks.read-cards",
  `select uuid, job, encounter, user_id from handover.card where ${GATE} and tenant = $1 and uuid = any($2::uuid[])`,
);

/** Nothing is returned for feedback that is stored already. */
export const addFeedbackQuery = tenantQuery<
  { card: string },
  readonly [
    card: string,
    digest: Buffer,
    job: string | null,
    encounter: string,
    userId: string,
    outcome: string,
    reasonCode: string | null,
    reasonSystem: string | null,
    sealedComment: Buffer | null,
    outcomeAt: string,
  ]
>(
  "hooks.add-feedback",
  `insert into handover.feedback
     (tenant, card, digest, job, encounter, user_id, outcome, reason_code, reason_system, sealed_comment, outcome_at)
   select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 where ${GATE}
   on conflict do nothing
   returning card`,
);

/** Whether this user put a card aside that was about this job; without a job, one about the encounter before any job. */
export const overriddenQuery = tenantQuery<
  { found: true },
  readonly [encounter: string, userId: string, job: string | null]
>(
  "hooks.overridden",
  `select true as found from handover.feedback
   where ${GATE} and tenant = $1 and encounter = $2 and user_id = $3 and job is not distinct from $4 and outcome = 'overridden'
   limit 1`,
);
