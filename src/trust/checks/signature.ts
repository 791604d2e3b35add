import type { JWK } from "jose";
import { compactVerify, importJWK } from "jose";
import type { DecodedJwt, PublicJwk } from "../jwt.ts";
import { refuse } from "../refusal.ts";

/** What an algorithm needs of a key (RFC 7518, 3.1; RFC 8037). */
const keyTypes: ReadonlyMap<string, { readonly kty: string; readonly crv?: string }> = new Map([
  ["ES256", { kty: "EC", crv: "P-256" }],
  ["ES384", { kty: "EC", crv: "P-384" }],
  ["ES512", { kty: "EC", crv: "P-521" }],
  ["EdDSA", { kty: "OKP", crv: "Ed25519" }],
]);
const rsa = { kty: "RSA" };

/** A key that is meant for verifying with this algorithm; an encryption key or a key for another algorithm is not. */
export function suits(key: PublicJwk, algorithm: string): boolean {
  const needed: { readonly kty: string; readonly crv?: string } = keyTypes.get(algorithm) ?? rsa;
  if (key.kty !== needed.kty || (needed.crv !== undefined && key["crv"] !== needed.crv)) return false;
  if (key["use"] !== undefined && key["use"] !== "sig") return false;
  if (key["alg"] !== undefined && key["alg"] !== algorithm) return false;
  return !Array.isArray(key["key_ops"]) || key["key_ops"].includes("verify");
}

/** The members of a public key: a private one published by mistake must not become a signing key here. */
function publicMembers(key: PublicJwk): JWK {
  return Object.fromEntries(
    ["kty", "crv", "x", "y", "n", "e"].filter((name) => Object.hasOwn(key, name)).map((name) => [name, key[name]]),
  );
}

/** RFC 7515, 5.2: one of the issuer's keys by that `kid` must verify the signature. Returns nothing; refuses otherwise. */
export async function checkSignature({ compact, header }: DecodedJwt, keys: readonly PublicJwk[]): Promise<void> {
  const algorithm = String(header["alg"]);
  const candidates = keys.filter((key) => suits(key, algorithm));
  if (candidates.length === 0) refuse("jwt.key");
  for (const candidate of candidates) {
    if (await verifies(compact, candidate, algorithm)) return;
  }
  refuse("jwt.signature");
}

/** Imported once for as long as its key set is held; a set that is read anew brings new objects. */
const imported = new WeakMap<PublicJwk, Map<string, ReturnType<typeof importJWK>>>();

function importKey(key: PublicJwk, algorithm: string): ReturnType<typeof importJWK> {
  const own = imported.get(key) ?? new Map<string, ReturnType<typeof importJWK>>();
  imported.set(key, own);
  const known = own.get(algorithm) ?? importJWK(publicMembers(key), algorithm);
  own.set(algorithm, known);
  return known;
}

async function verifies(compact: string, key: PublicJwk, algorithm: string): Promise<boolean> {
  try {
    await compactVerify(compact, await importKey(key, algorithm), { algorithms: [algorithm] });
    return true;
  } catch {
    // A malformed key, a short RSA modulus and a false signature are one answer to the caller.
    return false;
  }
}
