import { parseJson } from "../../http/parse-json.ts";
import type { DecodedJwt } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/**
 * RFC 7515, 3.1: three parts of base64url without padding, header and claims JSON objects. Only the canonical spelling
 * passes, so that one signed token has one text (attack list 17).
 */
export function checkFormat(compact: string): DecodedJwt {
  const [header, claims, signature, ...rest] = compact.split(".");
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0) refuse("jwt.format");
  if (!isCanonical(signature) || signature === "") refuse("jwt.format");
  return { compact, header: decodeObject(header), claims: decodeObject(claims) };
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}

/** A member given twice is refused: of two readers one would take the first and one the last (RFC 7515, 4; RFC 7519, 4). */
function decodeObject(part: string): Readonly<Record<string, unknown>> {
  if (!isCanonical(part)) refuse("jwt.format");
  try {
    const value = parseJson(Buffer.from(part, "base64url"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    refuse("jwt.format", cause);
  }
  return refuse("jwt.format");
}
