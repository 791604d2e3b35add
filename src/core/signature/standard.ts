/** Standard Webhooks 1.0.0, symmetric scheme `v1`: HMAC-SHA256 over `id.timestamp.body`, base64. */
import { createHmac, timingSafeEqual } from "node:crypto";

const prefix = "whsec_";

/** Key sizes the specification asks for are 24 to 64 bytes; shorter ones are refused, longer ones hurt nobody. */
const leastKeyBytes = 16;

/**
 * Reads a Standard Webhooks secret: base64, with or without `whsec_`.
 * @returns the key's bytes, or undefined where the text is no base64 or the key is too short
 */
export function parseSigningSecret(text: string): Buffer | undefined {
  const encoded = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(encoded) || encoded.length % 4 !== 0) return undefined;
  const key = Buffer.from(encoded, "base64");
  return key.length < leastKeyBytes ? undefined : key;
}

function mac(key: Uint8Array, id: string, timestampSeconds: number, body: Uint8Array): string {
  return createHmac("sha256", key).update(`${id}.${timestampSeconds}.`).update(body).digest("base64");
}

/**
 * The value of `webhook-signature`: one `v1,` entry for each key, current first, so that a receiver that knows only the
 * old or only the new secret verifies during a rotation.
 */
export function signStandard(
  id: string,
  timestampSeconds: number,
  body: Uint8Array,
  keys: readonly Uint8Array[],
): string {
  return keys.map((key) => `v1,${mac(key, id, timestampSeconds, body)}`).join(" ");
}

export interface SignedMessage {
  /** Header `webhook-id`. */
  readonly id: string;
  /** Header `webhook-timestamp`, as it came. */
  readonly timestamp: string;
  /** Header `webhook-signature`, as it came. */
  readonly signature: string;
  /** The raw body: never parsed and rendered again. */
  readonly body: Uint8Array;
}

export type VerifyResult = "valid" | "timestamp_malformed" | "timestamp_outside_tolerance" | "signature_mismatch";

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Verifies a message against any of several keys. Entries of other schemes (`v1a`) are passed over.
 * @param toleranceSeconds how far the timestamp may lie from `nowSeconds`, both ways
 */
export function verifyStandard(
  message: SignedMessage,
  keys: readonly Uint8Array[],
  nowSeconds: number,
  toleranceSeconds = 300,
): VerifyResult {
  if (!/^\d{1,12}$/u.test(message.timestamp)) return "timestamp_malformed";
  const timestamp = Number(message.timestamp);
  if (Math.abs(nowSeconds - timestamp) > toleranceSeconds) return "timestamp_outside_tolerance";
  const given = message.signature.split(" ").filter((entry) => entry.startsWith("v1,"));
  const expected = keys.map((key) => `v1,${mac(key, message.id, timestamp, message.body)}`);
  const matches = expected.some((wanted) => given.some((entry) => sameText(entry, wanted)));
  return matches ? "valid" : "signature_mismatch";
}
