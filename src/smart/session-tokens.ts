/** The EHR's tokens of a session: sealed at rest, refreshed by one replica at a time. */
import { setTimeout as delay } from "node:timers/promises";
import type { SmartDeps } from "./deps.ts";
import type { HeldTokens } from "./sealed-tokens.ts";
import type { TokenResponse } from "./token-exchange.ts";
import type { TokenRow } from "./token-store.ts";
import { AdapterError } from "../core/errors.ts";
import { run } from "../db/query.ts";
import { heldAfter, openTokens, sealTokens } from "./sealed-tokens.ts";
import { createTokenRefresh } from "./token-refresh.ts";
import { selectTokens } from "./token-store.ts";

export interface SessionTokens {
  /** Seals the tokens of a new session. */
  seal(
    tenant: string,
    launch: string,
    tokens: TokenResponse,
  ): { readonly sealed: Buffer; readonly expiresAt: Date | null };
  /**
   * The access token, refreshed when that is possible; undefined once it has run out, the EHR's sign-in or the session is
   * over. Throws ehr_timeout where somebody else's refresh takes too long, and the EHR's own failures.
   */
  accessToken(tenant: string, launch: string): Promise<string | undefined>;
  /** What the EHR lets this session do now; undefined where the session is over. */
  access(tenant: string, launch: string): Promise<EhrAccess | undefined>;
  /** What is held now, for its revocation; undefined where nothing is. */
  held(tenant: string, launch: string): Promise<HeldTokens | undefined>;
}

export interface EhrAccess {
  /** False once the access token has run out and cannot be refreshed: the user has to launch again. */
  readonly signedIn: boolean;
  /** The scopes that the tokens came with, where the EHR named them. */
  readonly granted?: string;
}

/** A token is not used in its last seconds: the EHR's clock decides, not ours. */
const expirySkewMs = 20_000;
/** How long a caller waits for another's refresh, and how often it looks. */
const waitMs = 25_000;
const firstLookMs = 25;
const longestLookMs = 400;

export function createSessionTokens(deps: SmartDeps): SessionTokens {
  const { db, sealer, now } = deps;
  const refresh = createTokenRefresh(deps);
  const flights = new Map<string, Promise<string | undefined>>();

  const isFresh = (expiresAt: Date | null): boolean => expiresAt === null || expiresAt.getTime() - expirySkewMs > now();

  async function read(tenant: string, launch: string): Promise<{ row?: TokenRow; held?: HeldTokens }> {
    const [row] = await run(db, selectTokens, tenant, launch);
    const held = openTokens(sealer, tenant, launch, row);
    return { ...(row === undefined ? {} : { row }), ...(held === undefined ? {} : { held }) };
  }

  /** The token if it is good now, this replica's own unwritten one included. */
  function usable(tenant: string, launch: string, row: TokenRow, held: HeldTokens): string | undefined {
    const unsaved = refresh.unsaved(tenant, launch, row.token_version);
    if (unsaved !== undefined && isFresh(unsaved.expiresAt)) return unsaved.held.accessToken;
    return isFresh(row.token_expires_at) ? held.accessToken : undefined;
  }

  /** Refreshes, or waits for whoever does. A holder that died is noticed by its lease: then this caller gets the claim. */
  async function renew(tenant: string, launch: string): Promise<string | undefined> {
    const deadlineMs = now() + waitMs;
    for (let pauseMs = firstLookMs; ; pauseMs = Math.min(pauseMs * 2, longestLookMs)) {
      const { row, held } = await read(tenant, launch);
      if (row === undefined || held === undefined) return undefined;
      const token = usable(tenant, launch, row, held);
      if (token !== undefined) return token;
      const attempt = await refresh.attempt(tenant, launch, row, held);
      if (attempt.claimed) return attempt.held?.accessToken;
      if (now() > deadlineMs)
        throw new AdapterError("ehr_timeout", { detail: "another replica's token refresh did not end" });
      await delay(pauseMs);
    }
  }

  return {
    seal: (tenant, launch, tokens) => ({
      sealed: sealTokens(sealer, tenant, launch, 0, heldAfter(tokens)),
      expiresAt: tokens.expires_in === undefined ? null : new Date(now() + tokens.expires_in * 1000),
    }),
    held: async (tenant, launch) => (await read(tenant, launch)).held,
    async access(tenant, launch) {
      const { row, held } = await read(tenant, launch);
      if (row === undefined) return undefined;
      const signedIn = held !== undefined && (isFresh(row.token_expires_at) || held.refreshToken !== undefined);
      return { signedIn, ...(held?.scope === undefined ? {} : { granted: held.scope }) };
    },
    async accessToken(tenant, launch) {
      const { row, held } = await read(tenant, launch);
      if (row === undefined || held === undefined) return undefined;
      const token = usable(tenant, launch, row, held);
      if (token !== undefined || held.refreshToken === undefined) return token;
      // Callers of this replica share one attempt; without that, each would poll the row.
      const key = `${tenant}/${launch}`;
      const flight = flights.get(key) ?? renew(tenant, launch).finally(() => flights.delete(key));
      flights.set(key, flight);
      return flight;
    },
  };
}
