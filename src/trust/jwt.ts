/** The parts of a compact JWS, and what is known of those who may issue one. */

/** Decoded but not yet trusted. */
export interface DecodedJwt {
  readonly compact: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Asymmetric signatures only: CDS Hooks forbids `none` and every HMAC (2.0, "Trusting CDS Clients"; RFC 8725, 3.1). */
export const asymmetricAlgorithms = [
  "ES256",
  "ES384",
  "ES512",
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "EdDSA",
] as const;

/** A public key as it stands in a key set. */
export type PublicJwk = Readonly<Record<string, unknown>> & { readonly kty: string; readonly kid?: string | undefined };

/** One entry of a tenant's list of issuers, or an API client that signs its own assertions. */
export interface TrustedIssuer {
  /** Id of our tenant. */
  readonly tenant: string;
  readonly iss: string;
  readonly algorithms: readonly string[];
  /** Longest time from `iat` to `exp`. */
  readonly maxLifetimeSeconds: number;
  /** Where the keys are; never taken from the token. */
  readonly jku?: string;
  /** Keys exchanged out of band. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  /** RFC 7523, 3: a client's assertion names the client as its subject too. */
  readonly subjectIsIssuer?: boolean;
}

/** A token whose every check has passed. */
export interface VerifiedJwt {
  readonly tenant: string;
  readonly iss: string;
  readonly jti: string;
  readonly claims: Readonly<Record<string, unknown>>;
}
