/** The body as it came over the wire: the signature covers its bytes, so nothing may have parsed it before. */
import { WebhookError } from "./error.ts";

/** A string is taken as UTF-8. */
export type RawBody = string | Uint8Array | ArrayBuffer;

/** The bytes of a raw body; throws `body_not_raw` for anything parsed, which cannot be turned back into the same bytes. */
export function rawBytes(body: unknown): Uint8Array {
  if (typeof body === "string") return Buffer.from(body, "utf8");
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new WebhookError(
    "body_not_raw",
    "the body must be the raw bytes (string, Uint8Array or ArrayBuffer), not a parsed object: read it before any JSON parser",
  );
}
