import type { DecodedJwt, TrustedIssuer } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/** RFC 7523, 3 and SMART 2.2: in a client's assertion `sub` equals `iss`, the client id. A hook's token has no such rule. */
export function checkSubject({ claims }: DecodedJwt, issuer: TrustedIssuer): void {
  if (issuer.subjectIsIssuer === true && claims["sub"] !== issuer.iss) refuse("jwt.subject");
}
