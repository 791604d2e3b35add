/** Random ids and secrets of launches and sessions, and the hashes under which the database knows them. */
import { createHash, timingSafeEqual } from "node:crypto";

export type RandomBytes = (size: number) => Uint8Array;

/** 256 bits, base64url, 43 characters: for state, nonce, verifier (RFC 7636 wants 43 to 128) and cookie secrets. */
export function newSecret(random: RandomBytes): string {
  return Buffer.from(random(32)).toString("base64url");
}

/** 128 bits, base64url, 22 characters: names a launch in a URL; not a credential. */
export function newId(random: RandomBytes): string {
  return Buffer.from(random(16)).toString("base64url");
}

export function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** The cookie of a launch is named after its state without telling it. */
export function cookieIdOf(state: string): string {
  return createHash("sha256").update("cookie").update(state).digest("base64url").slice(0, 22);
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Token for the header that unsafe calls of the page carry; derived from the cookie's secret, so nothing is stored. */
export function csrfTokenOf(secret: string): string {
  return createHash("sha256").update("csrf").update(secret).digest("base64url");
}
