import type { DecodedJwt, TrustedIssuer } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/**
 * A `jku` in the token must be the one on the list; it is compared and never fetched (RFC 8725, 3.10; attack list 11).
 * `jwk`, `x5u` and `x5c` headers are not looked at: a token does not bring its own key (attack list 13).
 */
export function checkKeySource({ header }: DecodedJwt, issuer: TrustedIssuer): void {
  const jku = header["jku"];
  if (jku !== undefined && jku !== issuer.jku) refuse("jwt.jku");
}
