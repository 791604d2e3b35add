/** The key with which the EHR signs its CDS Hooks calls: ES384, published as a JWKS. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey, JWK } from "jose";

export interface CdsSigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** What `jku` serves: the public half, with `alg`, `use` and `kid`. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

export async function createSigningKey(kid = "sandbox-ehr-1"): Promise<CdsSigningKey> {
  const { privateKey, publicKey } = await generateKeyPair("ES384", { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { kid, privateKey, jwks: { keys: [{ ...jwk, kid, alg: "ES384", use: "sig", key_ops: ["verify"] }] } };
}

export interface HookTokenClaims {
  readonly issuer: string;
  /** The exact URL that is called. */
  readonly audience: string;
  readonly jku: string;
  readonly tenant?: string;
  /** Unique for each token: a service refuses a repeat. */
  readonly jti: string;
  readonly now: Date;
}

/** Life of a token: the specification's example of five minutes. */
const LIFETIME_SECONDS = 300;

/** The JWT of CDS Hooks 2.0, "Trusting CDS Clients": header alg, kid, typ, jku; claims iss, aud, exp, iat, jti, tenant. */
export function signHookToken(key: CdsSigningKey, claims: HookTokenClaims): Promise<string> {
  const issuedAt = Math.floor(claims.now.getTime() / 1000);
  return new SignJWT(claims.tenant === undefined ? {} : { tenant: claims.tenant })
    .setProtectedHeader({ alg: "ES384", kid: key.kid, typ: "JWT", jku: claims.jku })
    .setIssuer(claims.issuer)
    .setAudience(claims.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS)
    .setJti(claims.jti)
    .sign(key.privateKey);
}
