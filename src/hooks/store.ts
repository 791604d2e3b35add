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
    encounters: readonly (string | null)[],
    /** Each card's items as a JSON list: PostgreSQL has no ragged arrays. */
    items: readonly string[],
    userId: string,
    service: string,
  ]
>(
  "hooks.remember-cards",
  `insert into handover.card (tenant, uuid, job, state, encounter, items, user_id, service)
   select $1, shown.uuid, shown.job, shown.state, shown.encounter,
     array(select jsonb_array_elements_text(shown.items::jsonb)), $7, $8
   from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) as shown (uuid, job, state, encounter, items)
   where ${GATE}
   returning uuid`,
);

export interface CardRow {
  readonly uuid: string;
  readonly job: string | null;
  readonly encounter: string | null;
  readonly user_id: string;
  readonly service: string;
  readonly items: readonly string[];
}

export const readCardsQuery = tenantQuery<CardRow, readonly [uuids: readonly string[]]>(
  "hooks.read-cards",
  `select uuid, job, encounter, user_id, service, items from handover.card where ${GATE} and tenant = $1 and uuid = any($2::uuid[])`,
);

/** Nothing is returned for feedback that is stored already. */
export const addFeedbackQuery = tenantQuery<
  { card: string },
  readonly [
    card: string,
    digest: Buffer,
    job: string | null,
    encounter: string | null,
    userId: string,
    outcome: string,
    reasonCode: string | null,
    reasonSystem: string | null,
    sealedComment: Buffer | null,
    outcomeAt: string,
    service: string,
    items: readonly string[],
  ]
>(
  "hooks.add-feedback",
  `insert into handover.feedback
     (tenant, card, digest, job, encounter, user_id, outcome, reason_code, reason_system, sealed_comment, outcome_at, service, items)
   select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text[] where ${GATE}
   on conflict do nothing
   returning card`,
);

/** Whether this user put a service's card aside that was about this job; without a job, one about the encounter before any job. */
export const overriddenQuery = tenantQuery<
  { found: true },
  readonly [encounter: string, userId: string, job: string | null, service: string]
>(
  "hooks.overridden",
  `select true as found from handover.feedback
   where ${GATE} and tenant = $1 and encounter = $2 and user_id = $3 and job is not distinct from $4 and service = $5
     and outcome = 'overridden'
   limit 1`,
);

/** What stood on a service's cards about these stays that this user put aside. */
export const putAsideQuery = tenantQuery<
  { item: string },
  readonly [encounters: readonly string[], userId: string, service: string]
>(
  "hooks.put-aside",
  `select distinct unnest(items) as item from handover.feedback
   where ${GATE} and tenant = $1 and encounter = any($2::text[]) and user_id = $3 and service = $4 and outcome = 'overridden'`,
);
