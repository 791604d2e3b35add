import { errors } from "oidc-provider";

/** What SMART asks of a client assertion beyond what the library checks. */
export interface AssertionPolicy {
  /**
   * Accepted audiences: the exact URL of the endpoint that is called, and of the token endpoint, which SMART 2.2 names and
   * whose clients have no other word for it at revocation and introspection.
   */
  readonly audiences: readonly string[];
  readonly maxLifetimeSeconds: number;
  readonly nowSeconds: number;
  /** The client's registered key set URL, which a `jku` header must equal. */
  readonly jwksUri: string | undefined;
}

/**
 * Checks of SMART Backend Services, section 4.1.2 (client assertion): five minutes at most, `kid`, `sub`, one exact `aud`.
 * The signature, `iss`, `exp` and the one-time `jti` are the library's work.
 *
 * @throws InvalidClientAuth with a text for the log; the caller learns only `invalid_client`
 */
export function checkClientAssertion(
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>>,
  clientId: string,
  policy: AssertionPolicy,
): void {
  const { aud, exp, sub } = claims;
  const lifetimeSeconds = typeof exp === "number" ? exp - policy.nowSeconds : Infinity;
  if (typeof header["kid"] !== "string") throw new errors.InvalidClientAuth("the client assertion has no kid");
  if (sub !== clientId) throw new errors.InvalidClientAuth("sub of the client assertion is not the client");
  if (lifetimeSeconds > policy.maxLifetimeSeconds)
    throw new errors.InvalidClientAuth("the client assertion lives too long");
  // The library would take the issuer, too; an assertion meant for one endpoint must not open another.
  if ([aud].flat().some((one) => !policy.audiences.includes(String(one))))
    throw new errors.InvalidClientAuth("aud is not this endpoint");
  if (header["jku"] !== undefined && header["jku"] !== policy.jwksUri)
    throw new errors.InvalidClientAuth("jku is not registered");
}
