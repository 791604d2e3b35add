/** Keys of Standard Webhooks in the texts they are passed around as: `whsec_` (shared), `whsk_` and `whpk_` (ed25519 pair). */
import { createHash, createPrivateKey, createPublicKey, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

const prefixes = { secret: "whsec_", private: "whsk_", public: "whpk_" } as const;

/** Key sizes the specification asks for are 24 to 64 bytes; shorter ones are refused, longer ones hurt nobody. */
const leastSecretBytes = 16;

const ed25519Bytes = 32;

/** What DER puts before the 32 bytes of an ed25519 key (RFC 8410): Node takes raw keys in no shorter way. */
const derHead = {
  private: Buffer.from("302e020100300506032b657004220420", "hex"),
  public: Buffer.from("302a300506032b6570032100", "hex"),
};

/** Bytes behind an optional prefix. Padding is asked for: two texts for one key would be two secrets to whoever compares. */
function decode(text: string, prefix: string): Buffer | undefined {
  const encoded = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(encoded) || encoded.length % 4 !== 0) return undefined;
  return Buffer.from(encoded, "base64");
}

/**
 * Reads a shared secret: base64, with or without `whsec_`. The key object can be kept and used for any number of messages.
 * @returns undefined where the text is no base64 or the key is too short
 */
export function parseSigningSecret(text: string): KeyObject | undefined {
  const bytes = decode(text, prefixes.secret);
  return bytes === undefined || bytes.length < leastSecretBytes ? undefined : createSecretKey(bytes);
}

/** A shared secret as text. `bytes` are random, 24 to 64 of them. */
export function formatSigningSecret(bytes: Uint8Array): string {
  return prefixes.secret + Buffer.from(bytes).toString("base64");
}

/** The ed25519 private key of a seed of 32 random bytes. Throws a TypeError for another length. */
export function privateKeyFromSeed(seed: Uint8Array): KeyObject {
  if (seed.length !== ed25519Bytes) throw new TypeError("an ed25519 seed has 32 bytes");
  return createPrivateKey({ key: Buffer.concat([derHead.private, seed]), format: "der", type: "pkcs8" });
}

function publicKeyFromBytes(bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([derHead.public, bytes]), format: "der", type: "spki" });
}

/** The last 32 bytes of a key's DER are the key: the public point, or the private seed. */
function rawBytes(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== "ed25519") throw new TypeError("not an ed25519 key");
  const der =
    key.type === "private" ? key.export({ format: "der", type: "pkcs8" }) : key.export({ format: "der", type: "spki" });
  return der.subarray(-ed25519Bytes);
}

/** The public half of a private key; a public key is its own. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === "private" ? createPublicKey(key) : key;
}

/**
 * Reads an ed25519 private key: base64 of seed and public key, or of the seed alone, with or without `whsk_`.
 * @returns undefined where it is neither, or where the public half is not the seed's: it would sign what nobody verifies
 */
export function parsePrivateKey(text: string): KeyObject | undefined {
  const bytes = decode(text, prefixes.private);
  if (bytes === undefined || (bytes.length !== ed25519Bytes && bytes.length !== 2 * ed25519Bytes)) return undefined;
  const key = privateKeyFromSeed(bytes.subarray(0, ed25519Bytes));
  const given = bytes.subarray(ed25519Bytes);
  return given.length === 0 || given.equals(rawBytes(publicHalf(key))) ? key : undefined;
}

/** A private key as text, with its public half, as the other implementations of the specification write it. */
export function formatPrivateKey(key: KeyObject): string {
  const both = Buffer.concat([rawBytes(key), rawBytes(publicHalf(key))]);
  return prefixes.private + both.toString("base64");
}

/** Reads an ed25519 public key: base64 of its 32 bytes, with or without `whpk_`. Undefined where it is not that. */
export function parsePublicKey(text: string): KeyObject | undefined {
  const bytes = decode(text, prefixes.public);
  return bytes?.length === ed25519Bytes ? publicKeyFromBytes(bytes) : undefined;
}

/** The public key, or the public half of a private one, as text. */
export function formatPublicKey(key: KeyObject): string {
  return prefixes.public + rawBytes(publicHalf(key)).toString("base64");
}

/** A signing key's public half in a JWK Set (RFC 8037). */
export interface PublicSigningJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  /** The 32 bytes, base64url. */
  readonly x: string;
  /** RFC 7638 thumbprint: the same key has the same name on every replica. */
  readonly kid: string;
  readonly use: "sig";
  readonly alg: "EdDSA";
}

/** The JWK of a public key, or of a private key's public half; nothing private can come out. */
export function publicSigningJwk(key: KeyObject): PublicSigningJwk {
  const x = rawBytes(publicHalf(key)).toString("base64url");
  const kid = createHash("sha256")
    .update(JSON.stringify({ crv: "Ed25519", kty: "OKP", x }))
    .digest("base64url");
  return { kty: "OKP", crv: "Ed25519", x, kid, use: "sig", alg: "EdDSA" };
}
