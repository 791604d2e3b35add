import type { DecodedJwt, TrustedIssuer } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/** Finds a listed issuer by `iss` and, where the EHR serves many organizations under one `iss`, its `tenant`. */
export type IssuerLookup = (iss: string, tenant: string | null) => TrustedIssuer | undefined;

/**
 * CDS Hooks 2.0: the service SHOULD keep a list of issuers; here the list is the only source of trust. Compared byte by
 * byte, so that a look-alike is another name (attack list 10). A `tenant` claim must be listed too: where one issuer
 * speaks for many hospitals, its name alone says nothing.
 */
export function checkIssuer({ claims }: DecodedJwt, lookup: IssuerLookup): TrustedIssuer {
  const iss = claims["iss"];
  const tenant = claims["tenant"] ?? null;
  if (typeof iss !== "string" || (tenant !== null && typeof tenant !== "string")) refuse("jwt.issuer");
  return lookup(iss, tenant) ?? refuse("jwt.issuer");
}
