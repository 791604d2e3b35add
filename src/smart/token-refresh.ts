/**
 * Refreshing a session's tokens. A rotating refresh token may be used once, so one replica asks and the others wait for
 * what it brings; none of them holds a transaction or a connection while the EHR answers.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { SmartDeps } from "./deps.ts";
import type { HeldTokens } from "./sealed-tokens.ts";
import type { TokenRow } from "./token-store.ts";
import { run } from "../db/query.ts";
import { revokeTokens } from "./revoke-tokens.ts";
import { heldAfter, sealTokens } from "./sealed-tokens.ts";
import { newId } from "./secrets.ts";
import { discoverTokenClient } from "./tenant-client.ts";
import { claimRefresh, endSignIn, releaseRefresh, saveTokens, selectTokens } from "./token-store.ts";

/** The EHR's answer is waited for this long; discovery before it has a limit of its own. */
const answerMs = 20_000;
/** Longer than discovery and answer together: a lease that runs out means that its holder has died. */
const leaseSeconds = 45;

/** Pauses between attempts to write what the EHR gave us, about ten minutes in all. */
const writePausesMs = [50, 100, 250, 500, 1_000, 2_500, 5_000, ...Array.from({ length: 59 }, () => 10_000)];

/** New tokens, and what they replace. */
interface Refreshed {
  readonly tenant: string;
  readonly launch: string;
  readonly version: number;
  readonly held: HeldTokens;
  readonly expiresAt: Date | null;
}

export interface TokenRefresh {
  /**
   * Refreshes if nobody else does. `claimed` is false where another caller is at it; `held` is undefined where the EHR's
   * sign-in is over. Throws what the EHR's failure is called, and leaves the old tokens in place then.
   */
  attempt(
    tenant: string,
    launch: string,
    row: TokenRow,
    held: HeldTokens,
  ): Promise<{ readonly claimed: boolean; readonly held?: HeldTokens }>;
  /** What this replica got from the EHR and could not write yet, for tokens of this version. */
  unsaved(tenant: string, launch: string, version: number): { held: HeldTokens; expiresAt: Date | null } | undefined;
}

export function createTokenRefresh(deps: SmartDeps): TokenRefresh {
  const { db, sealer, now, random } = deps;
  const waiting = new Map<string, Refreshed>();
  const tell = (error: unknown): void => deps.onError?.(error);

  /** True once the tokens are kept, or there is nothing any more that they belong to. */
  async function save({ tenant, launch, version, held, expiresAt }: Refreshed): Promise<void> {
    const sealed = sealTokens(sealer, tenant, launch, version + 1, held);
    const [saved] = await run(db, saveTokens, tenant, launch, version, sealed, expiresAt);
    if (saved !== undefined) return;
    const [row] = await run(db, selectTokens, tenant, launch);
    // Signed out while the EHR answered: what it gave belongs to nobody, and must not live on there.
    if (row === undefined) await revokeTokens(deps, tenant, held);
  }

  /**
   * The EHR has rotated already: the old refresh token is dead, and the new one exists in this memory only. So a failed
   * write is no failed refresh; it is tried again until it succeeds, and the caller has its token meanwhile.
   */
  async function keep(refreshed: Refreshed): Promise<void> {
    const key = `${refreshed.tenant}/${refreshed.launch}`;
    waiting.set(key, refreshed);
    const saved = await save(refreshed).then(() => true, tell);
    if (saved === true) waiting.delete(key);
    else void keepTrying(key, refreshed);
  }

  async function keepTrying(key: string, refreshed: Refreshed): Promise<void> {
    for (const pauseMs of writePausesMs) {
      await delay(pauseMs, undefined, { ref: false });
      if (waiting.get(key) !== refreshed) return;
      if ((await save(refreshed).then(() => true, tell)) === true) break;
    }
    if (waiting.get(key) === refreshed) waiting.delete(key);
  }

  async function ask(tenant: string, refreshToken: string) {
    const client = await discoverTokenClient(deps, tenant);
    return client?.refresh(refreshToken, answerMs);
  }

  return {
    unsaved(tenant, launch, version) {
      const refreshed = waiting.get(`${tenant}/${launch}`);
      return refreshed?.version === version ? refreshed : undefined;
    },
    async attempt(tenant, launch, row, held) {
      const { refreshToken } = held;
      if (refreshToken === undefined) return { claimed: true };
      const claim = newId(random);
      const version = row.token_version;
      const [claimed] = await run(db, claimRefresh, tenant, launch, version, claim, leaseSeconds);
      if (claimed === undefined) return { claimed: false };
      try {
        const tokens = await ask(tenant, refreshToken);
        if (tokens === undefined) {
          await run(db, endSignIn, tenant, launch, claim, new Date(now()));
          return { claimed: true };
        }
        const next = heldAfter(tokens, held);
        const expiresAt = tokens.expires_in === undefined ? null : new Date(now() + tokens.expires_in * 1000);
        await keep({ tenant, launch, version, held: next, expiresAt });
        return { claimed: true, held: next };
      } catch (error) {
        await run(db, releaseRefresh, tenant, launch, claim).catch(tell);
        throw error;
      }
    },
  };
}
