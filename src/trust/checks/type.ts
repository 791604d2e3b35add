import type { DecodedJwt } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/** CDS Hooks 2.0: `typ` is fixed to `JWT`. Media types are compared without regard to case (RFC 7515, 4.1.9). */
export function checkType({ header }: DecodedJwt): void {
  const typ = header["typ"];
  if (typeof typ !== "string" || typ.toUpperCase() !== "JWT") refuse("jwt.type");
}
