/** The EHR's tokens of a session in the database, and the claim of the one replica that refreshes them. */
import { GATE, tenantQuery } from "../db/query.ts";

export interface TokenRow {
  readonly sealed_tokens: Buffer | null;
  /** Rises with every refresh; part of the seal's context, and what every write below is fenced by. */
  readonly token_version: number;
  readonly token_expires_at: Date | null;
  /** The EHR refused to go on: the user has to sign in there again. */
  readonly sign_in_ended_at: Date | null;
}

/** Of a session that has not been ended. */
export const selectTokens = tenantQuery<TokenRow, readonly [id: string]>(
  "smart-session-tokens",
  `select sealed_tokens, token_version, token_expires_at, sign_in_ended_at from handover.smart_session
   where tenant = $1 and id = $2 and ended_at is null and ${GATE}`,
);

/**
 * Lets one caller refresh: it gets a row, everybody else none until it has saved, given up, or its lease has run out. A
 * claim is a row of its own time, not a lock: no transaction stays open while the EHR answers.
 */
export const claimRefresh = tenantQuery<
  { readonly id: string },
  readonly [id: string, version: number, claim: string, leaseSeconds: number]
>(
  "smart-session-refresh-claim",
  `update handover.smart_session
   set refresh_claim = $4, refresh_until = clock_timestamp() + make_interval(secs => $5::float8)
   where tenant = $1 and id = $2 and token_version = $3::int and ended_at is null and sealed_tokens is not null
     and (refresh_until is null or refresh_until < clock_timestamp()) and ${GATE}
   returning id`,
);

/** The next tokens in the place of `version`. No row where they were replaced meanwhile, or the session has ended. */
export const saveTokens = tenantQuery<
  { readonly id: string },
  readonly [id: string, version: number, sealed: Buffer, expiresAt: Date | null]
>(
  "smart-session-tokens-save",
  `update handover.smart_session
   set sealed_tokens = $4::bytea, token_version = $3::int + 1, token_expires_at = $5::timestamptz,
     refresh_claim = null, refresh_until = null, sign_in_ended_at = null
   where tenant = $1 and id = $2 and token_version = $3::int and ended_at is null and ${GATE}
   returning id`,
);

export const releaseRefresh = tenantQuery<unknown, readonly [id: string, claim: string]>(
  "smart-session-refresh-release",
  `update handover.smart_session set refresh_claim = null, refresh_until = null
   where tenant = $1 and id = $2 and refresh_claim = $3 and ${GATE}`,
);

/** The EHR ended its sign-in: tokens are forgotten, the session stays. Only for who holds the claim. */
export const endSignIn = tenantQuery<unknown, readonly [id: string, claim: string, now: Date]>(
  "smart-session-sign-in-end",
  `update handover.smart_session
   set sealed_tokens = null, sign_in_ended_at = $4::timestamptz, refresh_claim = null, refresh_until = null
   where tenant = $1 and id = $2 and refresh_claim = $3 and ended_at is null and ${GATE}`,
);
