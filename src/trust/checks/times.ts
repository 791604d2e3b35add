import type { DecodedJwt, TrustedIssuer } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/** How far two hospitals' clocks may differ. */
export const TOLERANCE_SECONDS = 60;

function seconds(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
}

/**
 * RFC 7519, 4.1.4-4.1.6: `exp` and `iat` are required and numbers, `nbf` counts when given. The whole life must lie within
 * what was agreed with the issuer, so that the memory of used tokens stays bounded (attack list 5, 6).
 * Returns when the token stops being accepted, in seconds since the epoch.
 */
export function checkTimes({ claims }: DecodedJwt, issuer: TrustedIssuer, nowSeconds: number): number {
  const exp = seconds(claims["exp"]) ?? refuse("jwt.expired");
  const iat = seconds(claims["iat"]) ?? refuse("jwt.lifetime");
  const nbf = claims["nbf"] === undefined ? iat : (seconds(claims["nbf"]) ?? refuse("jwt.not-yet-valid"));
  if (exp + TOLERANCE_SECONDS <= nowSeconds) refuse("jwt.expired");
  if (Math.max(iat, nbf) > nowSeconds + TOLERANCE_SECONDS) refuse("jwt.not-yet-valid");
  if (exp <= iat || exp - iat > issuer.maxLifetimeSeconds) refuse("jwt.lifetime");
  return exp + TOLERANCE_SECONDS;
}
