/**
 * Verifies a caller's JWT (CDS Hooks 2.0 "Trusting CDS Clients"; SMART 2.2 client assertions) as an ordered list of
 * checks, one file each. Order matters: what is cheap and public first, then the key, then the claims, and the one-time
 * use last, so that nobody without a key can fill the memory of used tokens.
 */
import { checkAgreedAlgorithm, checkAsymmetric } from "./checks/algorithm.ts";
import { checkAudience } from "./checks/audience.ts";
import { checkCritical } from "./checks/critical.ts";
import { checkFormat } from "./checks/format.ts";
import type { IssuerLookup } from "./checks/issuer.ts";
import { checkIssuer } from "./checks/issuer.ts";
import { checkKeyId } from "./checks/key-id.ts";
import { checkKeySource } from "./checks/key-source.ts";
import { checkSignature } from "./checks/signature.ts";
import { checkSize } from "./checks/size.ts";
import { checkSubject } from "./checks/subject.ts";
import { checkTimes } from "./checks/times.ts";
import { checkTokenId } from "./checks/token-id.ts";
import { checkType } from "./checks/type.ts";
import type { PublicJwk, TrustedIssuer, VerifiedJwt } from "./jwt.ts";
import { refuse } from "./refusal.ts";

/** Keys of a listed issuer by `kid`; refuses with `jwks.unavailable` where they cannot be had. */
export type FindKeys = (issuer: TrustedIssuer, kid: string) => Promise<readonly PublicJwk[]>;

/** Remembers a token. False where it was used before, on any replica. */
export type UseOnce = (token: {
  readonly tenant: string;
  readonly iss: string;
  readonly jti: string;
  readonly untilSeconds: number;
}) => Promise<boolean>;

export interface VerifyDeps {
  readonly findKeys: FindKeys;
  readonly useOnce: UseOnce;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * @param endpoint the absolute URL that is being called, from PUBLIC_URL
 * @throws AdapterError `unauthenticated` whose detail names the check that refused
 */
export async function verifyJwt(
  compact: string,
  endpoint: string,
  lookup: IssuerLookup,
  deps: VerifyDeps,
): Promise<VerifiedJwt> {
  checkSize(compact);
  const token = checkFormat(compact);
  checkAsymmetric(token);
  checkType(token);
  checkCritical(token);
  const kid = checkKeyId(token);
  const issuer = checkIssuer(token, lookup);
  checkAgreedAlgorithm(token, issuer);
  checkKeySource(token, issuer);
  await checkSignature(token, await deps.findKeys(issuer, kid));
  checkSubject(token, issuer);
  checkAudience(token, endpoint);
  const untilSeconds = checkTimes(token, issuer, deps.now() / 1000);
  const jti = checkTokenId(token);
  const { tenant, iss } = issuer;
  if (!(await deps.useOnce({ tenant, iss, jti, untilSeconds }))) refuse("jwt.replay");
  return { tenant, iss, jti, claims: token.claims };
}
