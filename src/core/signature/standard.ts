/**
 * Standard Webhooks 1.0.0: what is signed is `id.timestamp.body`, by `v1` (HMAC-SHA256) or `v1a` (ed25519), base64.
 * Which scheme, the key says: a shared secret makes and checks `v1`, a private or public key `v1a`.
 */
import { createHmac, sign, timingSafeEqual, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

type Scheme = "v1" | "v1a";

/** The bytes a signature covers, in the two parts they come in: a body is never copied to be HMACed. */
interface Covered {
  readonly head: string;
  readonly body: Uint8Array;
}

function covered(id: string, timestampSeconds: number | string, body: Uint8Array): Covered {
  return { head: `${id}.${timestampSeconds}.`, body };
}

const macOf = ({ head, body }: Covered, key: KeyObject) => createHmac("sha256", key).update(head).update(body);

/** Ed25519 reads its message twice, so it takes it in one piece only. */
function whole({ head, body }: Covered): Buffer {
  return Buffer.concat([Buffer.from(head), body]);
}

function entry(message: Covered, key: KeyObject): string {
  if (key.type === "secret") return `v1,${macOf(message, key).digest("base64")}`;
  return `v1a,${sign(null, whole(message), key).toString("base64")}`;
}

/**
 * The value of `webhook-signature`: one entry for each key in the order given, current first, so that a receiver that holds
 * only an old or only the new key verifies during a rotation.
 * @param keys shared secrets and ed25519 private keys
 */
export function signStandard(
  id: string,
  timestampSeconds: number,
  body: Uint8Array,
  keys: readonly KeyObject[],
): string {
  const message = covered(id, timestampSeconds, body);
  return keys.map((key) => entry(message, key)).join(" ");
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

/**
 * `signature_unknown_scheme`: the header holds no entry that any of the keys could check, such as only `v1a` where only
 * shared secrets are known: a fault of the set-up, where `signature_mismatch` is a wrong key or a changed message.
 */
export type VerifyResult =
  | "valid"
  | "timestamp_malformed"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "signature_unknown_scheme"
  | "signature_mismatch";

interface Given {
  readonly scheme: Scheme;
  readonly bytes: Buffer;
}

function givenEntries(header: string): readonly Given[] {
  return header.split(" ").flatMap((text) => {
    const [, scheme, encoded] = /^(v1a?),([A-Za-z0-9+/]+={0,2})$/u.exec(text) ?? [];
    if ((scheme !== "v1" && scheme !== "v1a") || encoded === undefined) return [];
    return [{ scheme, bytes: Buffer.from(encoded, "base64") }];
  });
}

const schemeOf = (key: KeyObject): Scheme => (key.type === "secret" ? "v1" : "v1a");

function matchesMac(wanted: Buffer, { bytes }: Given): boolean {
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

/** Whether one of the entries of the key's own scheme is its signature. */
function verifiedBy(key: KeyObject, given: readonly Given[], message: Covered): boolean {
  const own = given.filter(({ scheme }) => scheme === schemeOf(key));
  if (own.length === 0) return false;
  if (key.type === "secret") {
    const wanted = macOf(message, key).digest();
    return own.some((candidate) => matchesMac(wanted, candidate));
  }
  const bytes = whole(message);
  return own.some((candidate) => verify(null, bytes, key, candidate.bytes));
}

/**
 * Verifies a message against any of several keys.
 * @param keys shared secrets and ed25519 public keys
 * @param toleranceSeconds how far the timestamp may lie from `nowSeconds`, both ways
 */
export function verifyStandard(
  message: SignedMessage,
  keys: readonly KeyObject[],
  nowSeconds: number,
  toleranceSeconds = 300,
): VerifyResult {
  if (!/^\d{1,12}$/u.test(message.timestamp)) return "timestamp_malformed";
  const ageSeconds = nowSeconds - Number(message.timestamp);
  if (ageSeconds > toleranceSeconds) return "timestamp_too_old";
  if (ageSeconds < -toleranceSeconds) return "timestamp_too_new";
  const given = givenEntries(message.signature);
  const known = new Set(keys.map(schemeOf));
  if (!given.some(({ scheme }) => known.has(scheme))) return "signature_unknown_scheme";
  const signed = covered(message.id, message.timestamp, message.body);
  return keys.some((key) => verifiedBy(key, given, signed)) ? "valid" : "signature_mismatch";
}
