import type { DecodedJwt } from "../jwt.ts";
import { refuse } from "../refusal.ts";

const MAX_CHARACTERS = 512;

/** CDS Hooks 2.0: `jti` is required; bounded, because it is remembered (attack list 9). */
export function checkTokenId({ claims }: DecodedJwt): string {
  const jti = claims["jti"];
  if (typeof jti !== "string" || jti.length === 0 || jti.length > MAX_CHARACTERS) refuse("jwt.jti");
  return jti;
}
