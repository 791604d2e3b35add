/**
 * Our own access tokens for API clients (RFC 9068): short-lived, signed and checked by this adapter alone, so a symmetric
 * key derived from the master key serves, and no database is asked. Nothing else is ever accepted under this key, and a
 * caller's own JWT never comes near it.
 */
import { hkdfSync } from "node:crypto";
import { SignJWT, decodeJwt, jwtVerify } from "jose";
import { z } from "zod";

export const ACCESS_TOKEN_SECONDS = 300;
const ALGORITHM = "HS256";
const TYPE = "at+jwt";

export interface AccessTokens {
  issue(grant: AccessGrant): Promise<string>;
  /** Undefined where it is not ours, was changed, or has run out. */
  verify(token: string): Promise<AccessGrant | undefined>;
  /** Whether it says that it is ours, good or not: such a one is shown to nobody else. */
  claimsToBeOurs(token: string): boolean;
}

export interface AccessGrant {
  readonly tenant: string;
  readonly client: string;
  readonly scopes: readonly string[];
}

const claims = z.looseObject({ tenant: z.string(), client_id: z.string(), scope: z.string() });

export interface AccessTokenDeps {
  readonly masterKey: Uint8Array;
  readonly publicUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
}

export function createAccessTokens({ masterKey, publicUrl, now, newId }: AccessTokenDeps): AccessTokens {
  const key = new Uint8Array(hkdfSync("sha256", masterKey, "", "handover access token", 32));
  return {
    issue: ({ tenant, client, scopes }) => {
      const issuedAt = Math.floor(now() / 1000);
      return new SignJWT({ tenant, client_id: client, scope: scopes.join(" ") })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
        .setIssuer(publicUrl)
        .setAudience(publicUrl)
        .setSubject(client)
        .setJti(newId())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
        .sign(key);
    },
    claimsToBeOurs: (token) => {
      try {
        return decodeJwt(token).iss === publicUrl;
      } catch {
        return false;
      }
    },
    verify: async (token) => {
      try {
        const options = {
          algorithms: [ALGORITHM],
          typ: TYPE,
          issuer: publicUrl,
          audience: publicUrl,
          currentDate: new Date(now()),
        };
        const { payload } = await jwtVerify(token, key, { ...options, requiredClaims: ["exp", "jti"] });
        const { tenant, client_id: client, scope } = claims.parse(payload);
        return { tenant, client, scopes: scope.split(" ").filter((entry) => entry !== "") };
      } catch {
        return undefined;
      }
    },
  };
}
