/** Launches and sessions in the database. Every statement stays inside one tenant. */
import type { Executor } from "../db/query.ts";
import { GATE, run, tenantQuery } from "../db/query.ts";

const insertLaunch = tenantQuery<
  unknown,
  readonly [stateHash: Buffer, browserHash: Buffer, sealed: Buffer, expiresAt: Date]
>(
  "smart-launch-insert",
  `insert into handover.smart_launch (tenant, state_hash, browser_hash, sealed, expires_at)
   select $1, $2::bytea, $3::bytea, $4::bytea, $5::timestamptz where ${GATE}`,
);

/** Taken once: the row is gone before anything is done with it, whichever replica is asked and how often. */
const takeLaunch = tenantQuery<{ sealed: Buffer }, readonly [stateHash: Buffer, browserHash: Buffer, now: Date]>(
  "smart-launch-take",
  `delete from handover.smart_launch
   where tenant = $1 and state_hash = $2 and browser_hash = $3 and expires_at > $4 and ${GATE}
   returning sealed`,
);

const purgeLaunches = tenantQuery<unknown, readonly [now: Date]>(
  "smart-launch-purge",
  `delete from handover.smart_launch where tenant = $1 and expires_at < $2 and ${GATE}`,
);

const purgeSessions = tenantQuery<unknown, readonly [now: Date]>(
  "smart-session-purge",
  `delete from handover.smart_session where tenant = $1 and expires_at < $2 and ${GATE}`,
);

export interface LaunchRow {
  readonly stateHash: Buffer;
  readonly browserHash: Buffer;
  readonly sealed: Buffer;
  readonly expiresAt: Date;
}

/** Keeps a launch, and sweeps what has run out in this tenant. */
export async function addLaunch(db: Executor, tenant: string, row: LaunchRow, now: Date): Promise<void> {
  await run(db, purgeLaunches, tenant, now);
  await run(db, purgeSessions, tenant, now);
  await run(db, insertLaunch, tenant, row.stateHash, row.browserHash, row.sealed, row.expiresAt);
}

/** The launch that this state and this browser began, once; undefined when unknown, used, expired or another browser's. */
export async function takeOnce(
  db: Executor,
  tenant: string,
  stateHash: Buffer,
  browserHash: Buffer,
  now: Date,
): Promise<Buffer | undefined> {
  return (await run(db, takeLaunch, tenant, stateHash, browserHash, now))[0]?.sealed;
}

/** A session's row, tokens apart. */
export interface SessionRow {
  readonly id: string;
  readonly secret_hash: Buffer;
  readonly actor: string;
  readonly actor_display: string | null;
  readonly patient: string;
  readonly encounter: string | null;
  readonly job: string | null;
  readonly may_sign: boolean;
  readonly need_patient_banner: boolean;
  readonly style_url: string | null;
  readonly active_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
}

type InsertParams = readonly [
  id: string,
  secretHash: Buffer,
  actor: string,
  display: string | null,
  patient: string,
  encounter: string | null,
  job: string | null,
  maySign: boolean,
  banner: boolean,
  style: string | null,
  tokens: Buffer | null,
  tokenExpiresAt: Date | null,
  now: Date,
  expiresAt: Date,
];

export const insertSession = tenantQuery<unknown, InsertParams>(
  "smart-session-insert",
  `insert into handover.smart_session (tenant, id, secret_hash, actor, actor_display, patient, encounter, job, may_sign,
     need_patient_banner, style_url, sealed_tokens, token_expires_at, created_at, active_at, expires_at)
   select $1, $2, $3::bytea, $4, $5, $6, $7, $8, $9::boolean, $10::boolean, $11, $12::bytea, $13::timestamptz,
     $14::timestamptz, $14::timestamptz, $15::timestamptz
   where ${GATE}`,
);

export const selectSession = tenantQuery<SessionRow, readonly [id: string]>(
  "smart-session-read",
  `select id, secret_hash, actor, actor_display, patient, encounter, job, may_sign, need_patient_banner, style_url,
     active_at, expires_at, ended_at
   from handover.smart_session where tenant = $1 and id = $2 and ${GATE}`,
);

/** The newest session in which this person still holds a token for this patient. */
export const selectUserSession = tenantQuery<
  { readonly id: string },
  readonly [actor: string, patient: string, now: Date]
>(
  "smart-session-of-user",
  `select id from handover.smart_session
   where tenant = $1 and actor = $2 and patient = $3 and ended_at is null and expires_at > $4::timestamptz
     and sealed_tokens is not null and ${GATE}
   order by created_at desc limit 1`,
);

export const touchSession = tenantQuery<unknown, readonly [id: string, now: Date]>(
  "smart-session-touch",
  `update handover.smart_session set active_at = greatest(active_at, $3::timestamptz)
   where tenant = $1 and id = $2 and ended_at is null and ${GATE}`,
);

/** Who a session was. */
export type EndedSession = Pick<SessionRow, "actor" | "actor_display" | "patient" | "encounter" | "job">;

/** Ends a session and forgets its tokens. No row where it had ended before. */
export const endSession = tenantQuery<EndedSession, readonly [id: string, now: Date]>(
  "smart-session-end",
  `update handover.smart_session
   set ended_at = $3::timestamptz, sealed_tokens = null, refresh_claim = null, refresh_until = null
   where tenant = $1 and id = $2 and ended_at is null and ${GATE}
   returning actor, actor_display, patient, encounter, job`,
);
