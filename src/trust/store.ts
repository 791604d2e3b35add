/** Statements of trust: used tokens, our signing keys, tickets and their sessions. */
import { GATE, tenantQuery } from "../db/query.ts";
import { systemQuery } from "../db/system.ts";

/** One row where the token is new, none where it was used before. The primary key decides between replicas. */
export const useTokenQuery = tenantQuery<{ fresh: true }, readonly [digest: Buffer, untilSeconds: number]>(
  "trust.use-token",
  `insert into handover.seen_jti (tenant, digest, until)
   select $1, $2, to_timestamp($3) where ${GATE}
   on conflict do nothing
   returning true as fresh`,
);

export interface SigningKeyRow {
  readonly kid: string;
  readonly alg: "ES384" | "RS384";
  readonly public_jwk: Readonly<Record<string, unknown>>;
  readonly sealed_private: Buffer;
  readonly created_at: Date;
  readonly retire_at: Date | null;
}

export const signingKeysQuery = tenantQuery<SigningKeyRow>(
  "trust.signing-keys",
  `select kid, alg, public_jwk, sealed_private, created_at, retire_at from handover.signing_key
   where ${GATE} and tenant = $1 and (retire_at is null or retire_at > now())
   order by created_at desc, kid`,
);

/** `distinct` decides the race of two replicas that start at once: the second insert does nothing while a key stands. */
export const addSigningKeyQuery = tenantQuery<
  { kid: string },
  readonly [kid: string, alg: string, publicJwk: string, sealedPrivate: Buffer]
>(
  "trust.add-signing-key",
  `insert into handover.signing_key (tenant, kid, alg, public_jwk, sealed_private)
   select $1, $2, $3, $4::jsonb, $5 where ${GATE}
   returning kid`,
);

/** Sets when the keys before this one stop being published. */
export const retireSigningKeysQuery = tenantQuery<
  { kid: string },
  readonly [alg: string, newest: string, retireInSeconds: number]
>(
  "trust.retire-signing-keys",
  `update handover.signing_key set retire_at = now() + make_interval(secs => $4)
   where ${GATE} and tenant = $1 and alg = $2 and kid <> $3 and retire_at is null
   returning kid`,
);

/** Serializes key making: two replicas that start at once must end with one pair per algorithm. */
export const lockSigningKeysQuery = tenantQuery<{ locked: true }>(
  "trust.lock-signing-keys",
  `select true as locked from (select pg_advisory_xact_lock(hashtextextended('handover.signing_key:' || $1, 0))) as held where ${GATE}`,
);

export type TicketPurpose = "open" | "start" | "retry";

export const addTicketQuery = tenantQuery<
  { digest: Buffer },
  readonly [
    digest: Buffer,
    purpose: TicketPurpose,
    patient: string,
    encounter: string,
    job: string | null,
    userId: string,
    sealedSnapshot: Buffer | null,
    untilMs: number,
  ]
>(
  "trust.add-ticket",
  `insert into handover.ticket (tenant, digest, purpose, patient, encounter, job, user_id, sealed_snapshot, until)
   select $1, $2, $3, $4, $5, $6, $7, $8, to_timestamp($9::double precision / 1000) where ${GATE}
   returning digest`,
);

export interface TicketRow {
  readonly purpose: TicketPurpose;
  readonly patient: string;
  readonly encounter: string;
  readonly job: string | null;
  readonly user_id: string;
  readonly sealed_snapshot: Buffer | null;
  readonly until: Date;
  readonly redeemed_at: Date | null;
}

export const readTicketQuery = tenantQuery<TicketRow, readonly [digest: Buffer]>(
  "trust.read-ticket",
  `select purpose, patient, encounter, job, user_id, sealed_snapshot, until, redeemed_at from handover.ticket
   where ${GATE} and tenant = $1 and digest = $2`,
);

/** Marks the ticket used; of two at once one gets the row. */
export const claimTicketQuery = tenantQuery<TicketRow, readonly [digest: Buffer, nowMs: number]>(
  "trust.claim-ticket",
  `update handover.ticket set redeemed_at = to_timestamp($3::double precision / 1000)
   where ${GATE} and tenant = $1 and digest = $2 and redeemed_at is null and until > to_timestamp($3::double precision / 1000)
   returning purpose, patient, encounter, job, user_id, sealed_snapshot, until, redeemed_at`,
);

/** Opens the session; the snapshot has served and goes. */
export const openTicketSessionQuery = tenantQuery<
  { digest: Buffer },
  readonly [digest: Buffer, job: string, launch: string, sessionDigest: Buffer, untilMs: number]
>(
  "trust.open-ticket-session",
  `update handover.ticket
   set job = $3, launch = $4, session_digest = $5, session_until = to_timestamp($6::double precision / 1000), sealed_snapshot = null
   where ${GATE} and tenant = $1 and digest = $2
   returning digest`,
);

/** A redemption that failed half-way gives the ticket back. */
export const releaseTicketQuery = tenantQuery<{ digest: Buffer }, readonly [digest: Buffer]>(
  "trust.release-ticket",
  `update handover.ticket set redeemed_at = null
   where ${GATE} and tenant = $1 and digest = $2 and session_digest is null
   returning digest`,
);

export interface TicketSessionRow {
  readonly job: string;
  readonly patient: string;
  readonly encounter: string;
  readonly user_id: string;
  readonly launch: string;
}

export const ticketSessionQuery = tenantQuery<TicketSessionRow, readonly [sessionDigest: Buffer, nowMs: number]>(
  "trust.ticket-session",
  `select job, patient, encounter, user_id, launch from handover.ticket
   where ${GATE} and tenant = $1 and session_digest = $2 and session_until > to_timestamp($3::double precision / 1000)`,
);

/** Retention over all tenants. */
export const forgetTrustQuery = systemQuery<{ removed: string }>(
  "trust.forget",
  "select * from handover.sys_forget_trust()",
);
