/** What a receiver holds to check signatures with, read once at its start. */
import { createPublicKey, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";

/** An ed25519 public key as a JWK Set lists it. */
export interface Ed25519Jwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly [name: string]: unknown;
}

function decode(text: string, prefix: string): Buffer | undefined {
  const encoded = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/u.test(encoded) && encoded.length % 4 === 0;
  return isBase64 ? Buffer.from(encoded, "base64") : undefined;
}

/** The key of a Standard Webhooks secret. Throws a TypeError that does not quote it. */
export function standardSecret(text: string): KeyObject {
  const bytes = decode(text, "whsec_");
  if (bytes === undefined || bytes.length < 16)
    throw new TypeError("a secret is `whsec_` and the base64 of at least 16 bytes");
  return createSecretKey(bytes);
}

/** The forms for receivers already written take the secret's characters as they are. */
export function textSecret(text: string): KeyObject {
  if (text.length < 16) throw new TypeError("a secret has at least 16 characters");
  return createSecretKey(text, "utf8");
}

/** A public key as `whpk_...` or as a JWK. Throws a TypeError for anything else. */
export function publicKey(key: string | Ed25519Jwk): KeyObject {
  const x = typeof key === "string" ? decode(key, "whpk_")?.toString("base64url") : key.x;
  const isEd25519 = typeof key === "string" || (key.kty === "OKP" && key.crv === "Ed25519");
  if (x === undefined || !isEd25519 || Buffer.from(x, "base64url").length !== 32)
    throw new TypeError("a public key is `whpk_` and the base64 of 32 bytes, or a JWK of kty OKP and crv Ed25519");
  // Only the public members: a JWK that came with more is not made to say more.
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}
