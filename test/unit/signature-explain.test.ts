/** Why a pasted webhook verifies or not: each check by itself, and the usual causes by name. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { Judge, PastedRequest } from "../../src/core/signature/explain.ts";
import { explainStandard } from "../../src/core/signature/explain.ts";
import { createSigner } from "../../src/core/signature/forms.ts";
import {
  formatSigningSecret,
  parseSigningSecret,
  privateKeyFromSeed,
  publicHalf,
} from "../../src/core/signature/keys.ts";

const [current, old, stranger] = [1, 2, 3].map((fill) => formatSigningSecret(Buffer.alloc(24, fill))) as [
  string,
  string,
  string,
];
const keysOf = (...secrets: string[]) => secrets.flatMap((secret) => parseSigningSecret(secret) ?? []);
const nowSeconds = 1_772_366_400;
const text = '{"specversion":"1.0","id":"evt_1","data":{"patient":"Patient/secret-name"}}';

function pasted(body = text, changes: Record<string, string> = {}, timeMs = nowSeconds * 1000): PastedRequest {
  const sign = createSigner("standard", { secrets: [current] });
  return {
    headers: { ...sign({ id: "evt_1", timeMs, body: Buffer.from(text) }), ...changes },
    body: Buffer.from(body),
  };
}

/** The names of the checks that fail, and what they say. */
function failures(request: PastedRequest, judge: Partial<Judge> = {}) {
  const checks = explainStandard(request, { keys: keysOf(current), nowSeconds, ...judge });
  const failed = checks.filter(({ ok }) => !ok);
  for (const { detail } of checks) assert.ok(!detail.includes("secret-name") && !detail.includes("whsec_"));
  return failed.map(({ check, detail }) => `${check}: ${detail}`);
}

describe("explainStandard", () => {
  test("a right message passes every check, and tells which key made the signature", () => {
    assert.deepEqual(failures(pasted()), []);
    const checks = explainStandard(pasted(), { keys: keysOf(old, current), nowSeconds });
    assert.equal(checks.find(({ check }) => check === "signature")?.detail, "made by key 2 of 2");
  });

  test("an old message whose signature is right is told as exactly that", () => {
    assert.deepEqual(failures(pasted(text, {}, (nowSeconds - 3600) * 1000)), [
      "timestamp: signed 3600 s ago, more than 300 s away: a replay, a slow queue in between, or a wrong clock",
    ]);
    assert.deepEqual(failures(pasted(text, {}, (nowSeconds + 400) * 1000)), [
      "timestamp: signed 400 s ahead of this clock, more than 300 s away: one of the two clocks is wrong",
    ]);
  });

  test("names what is missing, in whatever case the rest is written", () => {
    const { headers, body } = pasted();
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
    assert.deepEqual(failures({ headers: upper, body }), []);
    assert.deepEqual(failures({ headers: { ...upper, "WEBHOOK-TIMESTAMP": "" }, body }), [
      "headers: missing: webhook-timestamp",
    ]);
  });

  for (const [what, body] of [
    ["white space was added at its end", `${text}\n`],
    ["a byte order mark was put before it", `\u{FEFF}${text}`],
    ["something parsed it and rendered it with other white space", JSON.stringify(JSON.parse(text), null, 2)],
  ] as const) {
    test(`recognises a body of which ${what}`, () => {
      assert.deepEqual(
        failures(pasted(body)).filter((line) => line.startsWith("signature")),
        [`signature: right for another form of this body: ${what}`],
      );
    });
  }

  test("a wrong secret, a wrong scheme, milliseconds and mixed up messages are told apart", () => {
    assert.match(failures(pasted(), { keys: keysOf(stranger) }).join(), /^signature: none of the keys/u);
    const publicKey = publicHalf(privateKeyFromSeed(Buffer.alloc(32, 4)));
    assert.match(failures(pasted(), { keys: [publicKey] }).join(), /^scheme: no entry of v1a/u);
    const milliseconds = pasted(text, { "webhook-timestamp": String(nowSeconds * 1000) });
    assert.match(failures(milliseconds).join(), /^timestamp: .*it looks like milliseconds/u);
    assert.match(failures(pasted(text, { "webhook-id": "evt_2" })).join(), /id: webhook-id is not the id of the body/u);
  });

  test("no paste makes it throw", () => {
    const name = fc.constantFrom("webhook-id", "webhook-timestamp", "webhook-signature");
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), fc.uint8Array(), (headers, body) => {
        assert.ok(explainStandard({ headers, body }, { keys: keysOf(current), nowSeconds }).some(({ ok }) => !ok));
      }),
    );
  });
});
