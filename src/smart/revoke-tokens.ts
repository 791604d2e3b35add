/** Ends tokens at the EHR when our session ends (RFC 7009): best effort, because ours ends in any case. */
import type { SmartDeps } from "./deps.ts";
import type { HeldTokens } from "./sealed-tokens.ts";
import { discoverTokenClient } from "./tenant-client.ts";

/** Somebody waits for "signed out" meanwhile. */
const timeoutMs = 5_000;

export type Revocation = "revoked" | "not-offered" | "failed";

/**
 * The refresh token first: with it most servers end the whole grant, access tokens included (RFC 7009, 2.1). The access
 * token all the same, because the RFC leaves that to the server. Never throws; what went wrong goes to `onError`.
 */
export async function revokeTokens(deps: SmartDeps, tenant: string, held: HeldTokens): Promise<Revocation> {
  try {
    const client = await discoverTokenClient(deps, tenant);
    if (client === undefined) return "not-offered";
    const { refreshToken, accessToken } = held;
    if (refreshToken !== undefined) await client.revoke(refreshToken, "refresh_token", timeoutMs);
    return (await client.revoke(accessToken, "access_token", timeoutMs)) ? "revoked" : "not-offered";
  } catch (error) {
    deps.onError?.(error);
    return "failed";
  }
}
