/** The EHR's tokens of a session: sealed at rest, refreshed by one replica at a time. */
import { z } from "zod";
import type { Executor } from "../db/query.ts";
import type { SmartDeps } from "./deps.ts";
import type { TokenRow } from "./store.ts";
import type { TokenResponse } from "./token-exchange.ts";
import { run } from "../db/query.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import { redirectUriOf } from "./launch.ts";
import { discoverSmartServer } from "./smart-configuration.ts";
import { lockTokens, selectTokens, updateTokens } from "./store.ts";
import { createTokenClient } from "./token-exchange.ts";

export interface SessionTokens {
  /** Seals the tokens of a new session. */
  seal(
    tenant: string,
    launch: string,
    tokens: TokenResponse,
  ): { readonly sealed: Buffer; readonly expiresAt: Date | null };
  /** The access token, refreshed when that is possible; undefined once it has run out or the session is over. */
  accessToken(tenant: string, launch: string): Promise<string | undefined>;
  /** The scopes it came with, where the EHR named them. */
  granted(tenant: string, launch: string): Promise<string | undefined>;
}

const sealedTokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  scope: z.string().optional(),
});
type SealedTokens = z.infer<typeof sealedTokens>;

const sealContext = (tenant: string, launch: string, version: number) => ({
  tenant,
  purpose: "smart-session",
  id: launch,
  version: String(version),
});

/** A token is not used in its last seconds: the EHR's clock decides, not ours. */
const expirySkewMs = 20_000;

export function createSessionTokens(deps: SmartDeps): SessionTokens {
  const { db, sealer, now } = deps;
  const expiryOf = (tokens: TokenResponse): Date | null =>
    tokens.expires_in === undefined ? null : new Date(now() + tokens.expires_in * 1000);

  function sealAs(
    tenant: string,
    launch: string,
    version: number,
    tokens: TokenResponse,
    previous?: SealedTokens,
  ): Buffer {
    // The newest refresh token counts; a response without one leaves the old one in force (RFC 6749, section 6).
    const refreshToken = tokens.refresh_token ?? previous?.refreshToken;
    // A refresh that names no scope changes none.
    const scope = tokens.scope ?? previous?.scope;
    const value: SealedTokens = {
      accessToken: tokens.access_token,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(scope === undefined ? {} : { scope }),
    };
    return sealJson(sealer, value, sealContext(tenant, launch, version));
  }

  function open(tenant: string, launch: string, row: TokenRow | undefined): SealedTokens | undefined {
    if (row?.sealed_tokens == null) return undefined;
    return sealedTokens.parse(openJson(sealer, row.sealed_tokens, sealContext(tenant, launch, row.token_version)));
  }

  const isFresh = (row: TokenRow): boolean =>
    row.token_expires_at === null || row.token_expires_at.getTime() - expirySkewMs > now();

  /** Under the row's lock: of two replicas one refreshes, and the other finds the new token. */
  async function refresh(tenantId: string, launch: string, tx: Executor): Promise<string | undefined> {
    const row = (await run(tx, lockTokens, tenantId, launch))[0];
    const held = open(tenantId, launch, row);
    if (row === undefined || held === undefined) return undefined;
    if (isFresh(row)) return held.accessToken;
    const tenant = deps.tenants().find((entry) => entry.id === tenantId);
    const settings = tenant?.ehr.smart;
    if (tenant === undefined || settings === undefined || held.refreshToken === undefined) return undefined;
    const server = await discoverSmartServer(deps.fetchFor(tenant), tenant.ehr.fhirBaseUrl, tenant.network.allowHttp);
    const tokens = await createTokenClient(deps, tenant, settings, server, redirectUriOf(deps)).refresh(
      held.refreshToken,
    );
    const version = row.token_version + 1;
    await run(
      tx,
      updateTokens,
      tenantId,
      launch,
      sealAs(tenantId, launch, version, tokens, held),
      version,
      expiryOf(tokens),
    );
    return tokens.access_token;
  }

  return {
    seal: (tenant, launch, tokens) => ({ sealed: sealAs(tenant, launch, 0, tokens), expiresAt: expiryOf(tokens) }),
    granted: async (tenant, launch) => open(tenant, launch, (await run(db, selectTokens, tenant, launch))[0])?.scope,
    async accessToken(tenant, launch) {
      const row = (await run(db, selectTokens, tenant, launch))[0];
      const held = open(tenant, launch, row);
      if (row === undefined || held === undefined) return undefined;
      if (isFresh(row)) return held.accessToken;
      return held.refreshToken === undefined ? undefined : db.transaction(tenant, (tx) => refresh(tenant, launch, tx));
    },
  };
}
