import type { DecodedJwt } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/** RFC 7515, 4.1.11: a critical extension that is not understood makes the token invalid; none is understood here. */
export function checkCritical({ header }: DecodedJwt): void {
  if (Object.hasOwn(header, "crit")) refuse("jwt.critical");
}
