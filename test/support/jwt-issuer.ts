/** A caller of hooks for tests: keys, a key set behind a counted fetch, and tokens with one thing wrong. */
import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

const hashes: Record<string, string> = {
  ES256: "sha256",
  ES384: "sha384",
  ES512: "sha512",
  RS256: "sha256",
  RS384: "sha384",
};

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: Record<string, unknown>;
}

export function makeTestKey(kid: string, alg: "ES256" | "ES384" | "RS384" = "ES384"): TestKey {
  const pair = alg.startsWith("RS")
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: alg === "ES256" ? "P-256" : "P-384" });
  return { kid, alg, privateKey: pair.privateKey, publicJwk: { ...pair.publicKey.export({ format: "jwk" }), kid } };
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Signs by hand, so that what a well-behaved library would refuse to make can be made. */
export function signJwt(key: TestKey, claims: object, header: object = {}): string {
  return signText(key, JSON.stringify({ alg: key.alg, kid: key.kid, typ: "JWT", ...header }), JSON.stringify(claims));
}

/** Signs header and claims as they are written, JSON or not. */
export function signText(key: TestKey, header: string, claims: string): string {
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = sign(hashes[key.alg] ?? "sha256", Buffer.from(input), {
    key: key.privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return `${input}.${signature.toString("base64url")}`;
}

/** Signs with HMAC, for the confusion of algorithms. */
export function signHmac(secret: string, claims: object, header: object): string {
  const input = `${encode({ alg: "HS256", typ: "JWT", ...header })}.${encode(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

export function hookClaims(iss: string, aud: unknown, nowMs: number, over: object = {}): Record<string, unknown> {
  const now = Math.floor(nowMs / 1000);
  return { iss, aud, iat: now, exp: now + 300, jti: randomUUID(), ...over };
}

/** Serves key sets by URL and counts the calls; a missing URL answers 503. */
export function fakeKeyServer() {
  const sets = new Map<string, { keys: unknown[]; cacheControl?: string }>();
  const calls: string[] = [];
  const fetchOf =
    () =>
    async (url: string): Promise<Response> => {
      calls.push(url);
      const set = sets.get(url);
      if (set === undefined) return new Response("away", { status: 503 });
      return new Response(JSON.stringify({ keys: set.keys }), {
        headers: set.cacheControl === undefined ? {} : { "cache-control": set.cacheControl },
      });
    };
  return { sets, calls, fetchOf };
}
