/** Signs our client assertions (SMART 2.2 "Client Authentication: Asymmetric"; RFC 7523). */
import { SignJWT } from "jose";
import type { SigningAlgorithm, SigningKeys } from "./signing-keys.ts";

/** SMART 2.2: no more than five minutes; one is enough for a request that follows at once. */
const LIFETIME_SECONDS = 60;

export interface ClientAssertionInput {
  readonly clientId: string;
  /** The exact token endpoint from the server's discovery document: it becomes `aud`. */
  readonly tokenEndpoint: string;
  readonly alg: SigningAlgorithm;
}

export type SignClientAssertion = (input: ClientAssertionInput) => Promise<string>;

export interface ClientAssertionDeps {
  readonly keys: Pick<SigningKeys, "current">;
  readonly publicUrl: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A fresh id that nobody can guess; becomes `jti`. */
  readonly newId: () => string;
}

/** Returns a signer. Each call makes a new assertion: a `jti` is used once. */
export function createClientAssertionSigner({ keys, publicUrl, now, newId }: ClientAssertionDeps): SignClientAssertion {
  return async ({ clientId, tokenEndpoint, alg }) => {
    const { kid, key } = await keys.current(alg);
    const issuedAt = Math.floor(now() / 1000);
    return new SignJWT({})
      .setProtectedHeader({ alg, kid, typ: "JWT", jku: `${publicUrl}/.well-known/jwks.json` })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(tokenEndpoint)
      .setJti(newId())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_SECONDS)
      .sign(key);
  };
}
