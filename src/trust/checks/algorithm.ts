import { asymmetricAlgorithms } from "../jwt.ts";
import type { DecodedJwt, TrustedIssuer } from "../jwt.ts";
import { refuse } from "../refusal.ts";

const asymmetric: ReadonlySet<unknown> = new Set(asymmetricAlgorithms);

/** CDS Hooks 2.0: `none` and symmetric algorithms SHALL be refused. Compared exactly: `nOnE` is not `none`, and no good either. */
export function checkAsymmetric({ header }: DecodedJwt): void {
  if (!asymmetric.has(header["alg"])) refuse("jwt.algorithm");
}

/** RFC 8725, 3.1: the algorithms agreed with this issuer, and no other. */
export function checkAgreedAlgorithm({ header }: DecodedJwt, issuer: TrustedIssuer): void {
  const alg = header["alg"];
  if (typeof alg !== "string" || !issuer.algorithms.includes(alg)) refuse("jwt.algorithm");
}
