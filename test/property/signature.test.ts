/** Whatever is signed verifies, and nothing else does: both schemes of Standard Webhooks 1.0.0, any keys, any bytes. */
import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import {
  formatPrivateKey,
  formatPublicKey,
  formatSigningSecret,
  parsePrivateKey,
  parsePublicKey,
  parseSigningSecret,
  privateKeyFromSeed,
  publicHalf,
} from "../../src/core/signature/keys.ts";
import { signStandard, verifyStandard } from "../../src/core/signature/standard.ts";

const secretBytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });
const secretKey = secretBytes.map((bytes) => createSecretKey(bytes));
const signingKey = fc.oneof(secretKey, seed.map(privateKeyFromSeed));
const message = fc.record({
  id: fc.stringMatching(/^[a-z0-9_]{1,40}$/u),
  seconds: fc.integer({ min: 0, max: 999_999_999_998 }),
  body: fc.uint8Array({ maxLength: 300 }),
});
type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

const inHeaders = ({ id, seconds, body }: Message, signature: string) => ({
  id,
  timestamp: String(seconds),
  signature,
  body,
});

describe("signing and verifying", () => {
  test("each holder of one of the keys verifies", () => {
    fc.assert(
      fc.property(message, fc.array(signingKey, { minLength: 1, maxLength: 4 }), (of, keys) => {
        const signature = signStandard(of.id, of.seconds, of.body, keys);
        for (const key of keys) {
          const held = key.type === "secret" ? key : publicHalf(key);
          assert.equal(verifyStandard(inHeaders(of, signature), [held], of.seconds), "valid");
        }
      }),
    );
  });

  test("one changed byte of body, or another id or time, verifies with no key", () => {
    fc.assert(
      fc.property(message, signingKey, fc.nat(), (of, key, at) => {
        const signature = signStandard(of.id, of.seconds, of.body, [key]);
        const held = [key.type === "secret" ? key : publicHalf(key)];
        const body = Buffer.from(of.body.length === 0 ? [0] : of.body);
        const place = at % body.length;
        if (of.body.length > 0) body[place] = (body[place] ?? 0) ^ 1;
        for (const changed of [
          { ...of, body },
          { ...of, id: `${of.id}x` },
          { ...of, seconds: of.seconds + 1 },
        ])
          assert.equal(verifyStandard(inHeaders(changed, signature), held, of.seconds), "signature_mismatch");
      }),
    );
  });

  test("no header makes the verifier throw or say valid", () => {
    const entry = fc.tuple(fc.constantFrom("v1", "v1a", "v2", ""), fc.base64String()).map((parts) => parts.join(","));
    const header = fc.oneof(
      fc.string(),
      fc.array(entry).map((entries) => entries.join(" ")),
    );
    fc.assert(
      fc.property(message, header, secretKey, seed, (of, signature, shared, bytes) => {
        const keys = [shared, publicHalf(privateKeyFromSeed(bytes))];
        assert.notEqual(verifyStandard(inHeaders(of, signature), keys, of.seconds), "valid");
      }),
    );
  });
});

describe("keys as texts", () => {
  test("are read back as what they were", () => {
    fc.assert(
      fc.property(secretBytes, seed, (bytes, seedBytes) => {
        assert.ok(parseSigningSecret(formatSigningSecret(bytes))?.equals(createSecretKey(bytes)));
        const key = privateKeyFromSeed(seedBytes);
        assert.ok(parsePrivateKey(formatPrivateKey(key))?.equals(key));
        assert.ok(parsePublicKey(formatPublicKey(key))?.equals(publicHalf(key)));
      }),
    );
  });

  test("no text makes the readers throw", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        for (const read of [parseSigningSecret, parsePrivateKey, parsePublicKey]) assert.doesNotThrow(() => read(text));
      }),
    );
  });
});
