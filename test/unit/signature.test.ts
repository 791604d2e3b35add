/** Webhook signatures, judged by the library receivers use (npm standardwebhooks) and by public vectors. */
import assert from "node:assert/strict";
import { createHmac, createPublicKey, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { createSigner, privateKeyProblem, secretProblem, signatureHeaders } from "../../src/core/signature/forms.ts";
import {
  formatPrivateKey,
  formatPublicKey,
  parsePrivateKey,
  parsePublicKey,
  parseSigningSecret,
  publicSigningJwk,
} from "../../src/core/signature/keys.ts";
import { signStandard, verifyStandard } from "../../src/core/signature/standard.ts";

/** The vector of the Standard Webhooks libraries. */
const vector = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

/** The vector of the asymmetric scheme: same id, time and body. Public test keys. */
const asymmetric = {
  privateKey: "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
  publicKey: "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
  signature: "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
};

const other = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

function parsed(key: KeyObject | undefined): KeyObject {
  assert.ok(key);
  return key;
}
const keyOf = (secret: string): KeyObject => parsed(parseSigningSecret(secret));
const privateKey = parsed(parsePrivateKey(asymmetric.privateKey));
const publicKey = parsed(parsePublicKey(asymmetric.publicKey));

const now = Date.now();
const body = Buffer.from('{"id":"evt_1","note":"ärztlich ✓"}');
const signed = (secrets: string[]) => signatureHeaders("standard", { id: "evt_1", timeMs: now, body, secrets });

describe("form standard (Standard Webhooks 1.0.0)", () => {
  test("gives the signature of the public vector", () => {
    const signature = signStandard(vector.id, vector.timestamp, Buffer.from(vector.body), [keyOf(vector.secret)]);
    assert.equal(signature, vector.signature);
  });

  test("the official verifier accepts it, non-ASCII body included", () => {
    assert.deepEqual(new Webhook(vector.secret).verify(body, signed([vector.secret])), JSON.parse(body.toString()));
  });

  test("while two secrets are valid, holders of either verify", () => {
    const headers = signed([other, vector.secret]);
    for (const secret of [other, vector.secret]) assert.ok(new Webhook(secret).verify(body, headers));
    assert.equal(headers["webhook-signature"]?.split(" ").length, 2);
  });

  test("the official verifier refuses a changed body, a changed id and a stranger's secret", () => {
    const headers = signed([vector.secret]);
    const verifier = new Webhook(vector.secret);
    assert.throws(() => verifier.verify(Buffer.from(body.toString().replace("1", "2")), headers));
    assert.throws(() => verifier.verify(body, { ...headers, "webhook-id": "evt_2" }));
    assert.throws(() => new Webhook(other).verify(body, headers));
  });

  test("we verify what the official library signs", () => {
    const timestamp = new Date(now);
    const message = {
      id: "msg_1",
      timestamp: String(Math.floor(now / 1000)),
      signature: `v1a,xx ${new Webhook(vector.secret).sign("msg_1", timestamp, body.toString())}`,
      body,
    };
    assert.equal(verifyStandard(message, [keyOf(other), keyOf(vector.secret)], now / 1000), "valid");
    assert.equal(verifyStandard(message, [keyOf(other)], now / 1000), "signature_mismatch");
    assert.equal(
      verifyStandard({ ...message, body: Buffer.from("{}") }, [keyOf(vector.secret)], now / 1000),
      "signature_mismatch",
    );
    assert.equal(
      verifyStandard({ ...message, signature: "v1,AAAA" }, [keyOf(vector.secret)], now / 1000),
      "signature_mismatch",
    );
  });

  for (const [offset, expected] of [
    [299, "valid"],
    [-299, "valid"],
    [301, "timestamp_too_old"],
    [-301, "timestamp_too_new"],
  ] as const) {
    test(`a timestamp ${offset} s off is ${expected}`, () => {
      const message = {
        id: vector.id,
        timestamp: String(vector.timestamp),
        signature: vector.signature,
        body: Buffer.from(vector.body),
      };
      assert.equal(verifyStandard(message, [keyOf(vector.secret)], vector.timestamp + offset), expected);
    });
  }

  test("a timestamp that is no whole number is refused before anything is computed", () => {
    for (const timestamp of ["", "1e9", "-1", "16142653300000000", "1614265330.5"]) {
      const message = { id: "a", timestamp, signature: vector.signature, body };
      assert.equal(verifyStandard(message, [keyOf(vector.secret)], now / 1000), "timestamp_malformed");
    }
  });
});

describe("scheme v1a (Standard Webhooks 1.0.0, ed25519)", () => {
  const message = {
    id: vector.id,
    timestamp: String(vector.timestamp),
    signature: asymmetric.signature,
    body: Buffer.from(vector.body),
  };
  const judged = (changes: Partial<typeof message>, ...keys: KeyObject[]) =>
    verifyStandard({ ...message, ...changes }, keys, vector.timestamp);

  test("gives the signature of the public vector, and verifies it", () => {
    assert.equal(signStandard(vector.id, vector.timestamp, message.body, [privateKey]), asymmetric.signature);
    assert.equal(judged({}, publicKey), "valid");
  });

  test("the header lists shared secrets first, current first, then ed25519 keys; v1 verifiers pass over v1a", () => {
    const sign = createSigner("standard", {
      secrets: [other, vector.secret],
      privateKeys: [asymmetric.privateKey],
    });
    const headers = sign({ id: "evt_1", timeMs: now, body });
    const entries = (headers["webhook-signature"] ?? "").split(" ");
    assert.deepEqual(
      entries.map((entry) => entry.split(",")[0]),
      ["v1", "v1", "v1a"],
    );
    assert.equal(entries[0], signed([other])["webhook-signature"]);
    for (const secret of [other, vector.secret]) assert.ok(new Webhook(secret).verify(body, headers));
  });

  test("a changed message and a stranger's key are a mismatch", () => {
    const stranger = parsed(parsePublicKey(Buffer.alloc(32, 5).toString("base64")));
    assert.equal(judged({ body: Buffer.from("{}") }, publicKey), "signature_mismatch");
    assert.equal(judged({ id: "msg_2" }, publicKey), "signature_mismatch");
    assert.equal(judged({}, stranger), "signature_mismatch");
  });

  test("a header without an entry that the keys could check is told apart from a wrong key", () => {
    assert.equal(judged({}, keyOf(vector.secret)), "signature_unknown_scheme");
    assert.equal(judged({ signature: vector.signature }, publicKey), "signature_unknown_scheme");
    for (const signature of ["", "v1a", "v1a,", "v2,AAAA", "v1a,not-base64"])
      assert.equal(judged({ signature }, publicKey), "signature_unknown_scheme", signature);
  });

  test("the published JWK holds the public key alone, under the name that its thumbprint gives", () => {
    const jwk = publicSigningJwk(privateKey);
    assert.deepEqual(publicSigningJwk(publicKey), jwk);
    assert.deepEqual(Object.keys(jwk).toSorted(), ["alg", "crv", "kid", "kty", "use", "x"]);
    const imported = createPublicKey({ key: { ...jwk }, format: "jwk" });
    const bytes = Buffer.from(`${vector.id}.${vector.timestamp}.${vector.body}`);
    const signature = Buffer.from(asymmetric.signature.slice("v1a,".length), "base64");
    assert.ok(verify(null, bytes, imported, signature));
    assert.match(jwk.kid, /^[\w-]{43}$/u);
  });

  test("only form standard takes an ed25519 key", () => {
    assert.equal(privateKeyProblem("standard", asymmetric.privateKey), undefined);
    assert.ok(privateKeyProblem("hex-body", asymmetric.privateKey));
    assert.ok(privateKeyProblem("standard", vector.secret));
  });

  test("keys are read from seed alone or seed and public half, which must fit; and written as others write them", () => {
    const seed = Buffer.from(asymmetric.privateKey.slice("whsk_".length), "base64").subarray(0, 32);
    assert.equal(formatPrivateKey(parsed(parsePrivateKey(seed.toString("base64")))), asymmetric.privateKey);
    assert.equal(formatPublicKey(privateKey), asymmetric.publicKey);
    assert.equal(parsePrivateKey(Buffer.concat([seed, Buffer.alloc(32, 1)]).toString("base64")), undefined);
    for (const bad of ["", "whsk_", "whpk_AAAA", asymmetric.publicKey, vector.secret])
      assert.equal(parsePrivateKey(bad), undefined, bad);
    for (const bad of ["", "whpk_", asymmetric.privateKey, "whpk_not base64"])
      assert.equal(parsePublicKey(bad), undefined, bad);
  });
});

describe("forms for receivers already written (contract, section 4)", () => {
  const secret = "a shared secret of the old kind";
  const hmac = (...parts: (string | Uint8Array)[]) =>
    parts
      .reduce<ReturnType<typeof createHmac>>((mac, part) => mac.update(part), createHmac("sha256", secret))
      .digest("hex");
  const headers = (form: "sha256-body" | "hex-body" | "sha256-timestamp-body") =>
    signatureHeaders(form, {
      id: "evt_1",
      timeMs: 1_700_000_000_999,
      body,
      secrets: [secret, "an older secret, still valid"],
    });

  test("sha256-body: sha256=<hex of the body>, timestamp in milliseconds", () => {
    assert.deepEqual(headers("sha256-body"), {
      "x-webhook-timestamp": "1700000000999",
      "x-webhook-signature": `sha256=${hmac(body)}`,
    });
  });
  test("hex-body: the bare hex", () => {
    assert.deepEqual(headers("hex-body"), {
      "x-webhook-timestamp": "1700000000999",
      "x-webhook-signature": hmac(body),
    });
  });
  test("sha256-timestamp-body: over timestamp.body, timestamp in seconds", () => {
    assert.deepEqual(headers("sha256-timestamp-body"), {
      "x-webhook-timestamp": "1700000000",
      "x-webhook-signature": `sha256=${hmac("1700000000.", body)}`,
    });
  });
});

describe("secrets", () => {
  test("nothing is ever sent unsigned", () => {
    assert.throws(() => createSigner("standard", { secrets: ["no key"] }));
    assert.throws(() => signatureHeaders("hex-body", { id: "a", timeMs: 0, body, secrets: [] }));
  });
  test("standard wants base64 of enough bytes; other forms take text", () => {
    assert.equal(secretProblem("standard", vector.secret), undefined);
    for (const bad of ["whsec_", "whsec_not base64!", "whsec_c2hvcnQ=", "plain text secret", ""])
      assert.ok(secretProblem("standard", bad), bad);
    assert.equal(secretProblem("hex-body", "sixteen chars ok"), undefined);
    assert.ok(secretProblem("hex-body", "short"));
  });
});
