import type { DecodedJwt } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/**
 * CDS Hooks 2.0: `aud` is the URL of the very endpoint that is called, as a string or an array. It is compared exactly
 * with the address built from PUBLIC_URL: no other case, no trailing slash. An array may hold nothing else, because a
 * token that is good elsewhere too could be replayed here by that other party (attack list 7).
 */
export function checkAudience({ claims }: DecodedJwt, endpoint: string): void {
  const aud = claims["aud"];
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length === 0 || !audiences.every((entry) => entry === endpoint)) refuse("jwt.audience");
}
