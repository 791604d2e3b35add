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

function decodeObject(part: string): Readonly<Record<string, unknown>> {
  if (!isCanonical(part)) refuse("jwt.format");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(part, "base64url"));
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch (cause) {
    refuse("jwt.format", cause);
  }
  return refuse("jwt.format");
}
