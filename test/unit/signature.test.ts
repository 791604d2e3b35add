/** Webhook signatures, judged by the library receivers use (npm standardwebhooks) and by public vectors. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { secretProblem, signatureHeaders } from "../../src/core/signature/forms.ts";
import { parseSigningSecret, signStandard, verifyStandard } from "../../src/core/signature/standard.ts";

/** The vector of the Standard Webhooks libraries. */
const vector = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

const other = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

function keyOf(secret: string): Buffer {
  const key = parseSigningSecret(secret);
  assert.ok(key);
  return key;
}

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
      verifyStandard({ ...message, signature: "v1," }, [keyOf(vector.secret)], now / 1000),
      "signature_mismatch",
    );
  });

  for (const [offset, expected] of [
    [299, "valid"],
    [-299, "valid"],
    [301, "timestamp_outside_tolerance"],
    [-301, "timestamp_outside_tolerance"],
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
