import type { DecodedJwt } from "../jwt.ts";
import { refuse } from "../refusal.ts";

const MAX_CHARACTERS = 256;

/** CDS Hooks 2.0: `kid` is required. It is only ever looked up in a Map of the issuer's keys (attack list 14). */
export function checkKeyId({ header }: DecodedJwt): string {
  const kid = header["kid"];
  if (typeof kid !== "string" || kid.length === 0 || kid.length > MAX_CHARACTERS) refuse("jwt.kid");
  return kid;
}
