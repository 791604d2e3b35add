/** The EHR's tokens of a session as they lie in the database: sealed, for one session and one version. */
import { z } from "zod";
import type { Sealer } from "../db/sealer.ts";
import type { TokenRow } from "./token-store.ts";
import type { TokenResponse } from "./token-exchange.ts";
import { openJson, sealJson } from "../db/sealer.ts";

const sealedTokens = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  scope: z.string().optional(),
});
export type HeldTokens = z.infer<typeof sealedTokens>;

const contextOf = (tenant: string, launch: string, version: number) => ({
  tenant,
  purpose: "smart-session",
  id: launch,
  version: String(version),
});

/** What is held after a response. @param previous what was held before it, where it answers a refresh */
export function heldAfter(tokens: TokenResponse, previous?: HeldTokens): HeldTokens {
  // The newest refresh token counts; a response without one leaves the old one in force (RFC 6749, section 6).
  const refreshToken = tokens.refresh_token ?? previous?.refreshToken;
  // A refresh that names no scope changes none.
  const scope = tokens.scope ?? previous?.scope;
  return {
    accessToken: tokens.access_token,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(scope === undefined ? {} : { scope }),
  };
}

export function sealTokens(sealer: Sealer, tenant: string, launch: string, version: number, held: HeldTokens): Buffer {
  return sealJson(sealer, held, contextOf(tenant, launch, version));
}

/** Undefined where the session is over, or its tokens are forgotten. */
export function openTokens(
  sealer: Sealer,
  tenant: string,
  launch: string,
  row: TokenRow | undefined,
): HeldTokens | undefined {
  if (row?.sealed_tokens == null) return undefined;
  return sealedTokens.parse(openJson(sealer, row.sealed_tokens, contextOf(tenant, launch, row.token_version)));
}
