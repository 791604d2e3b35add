/** Why a webhook of an older form verifies or not; and pasted requests as people keep them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { parseHeaders, parseRequest } from "../../src/cli/verify/pasted.ts";
import type { PastedRequest } from "../../src/core/signature/explain.ts";
import { explainBodyForm, guessForm } from "../../src/core/signature/explain-body-form.ts";
import { createSigner, signatureForms } from "../../src/core/signature/forms.ts";

const secret = "a-secret-of-an-old-receiver";
const nowSeconds = 1_772_366_400;
const text = '{"id":"evt_1","data":{"patient":"Patient/secret-name"}}';
const bodyForms = ["sha256-body", "hex-body", "sha256-timestamp-body"] as const;
type BodyForm = (typeof bodyForms)[number];

function pasted(form: BodyForm, body: string | Buffer = text, timeMs = nowSeconds * 1000): PastedRequest {
  const headers = createSigner(form, { secrets: [secret] })({ id: "evt_1", timeMs, body: Buffer.from(text) });
  return { headers, body: Buffer.from(body) };
}

function failures(form: BodyForm, request: PastedRequest, secrets: readonly string[] = [secret]): string[] {
  const checks = explainBodyForm(form, request, { secrets, nowSeconds });
  for (const { detail } of checks) assert.ok(!detail.includes("secret-name") && !detail.includes(secret));
  return checks.filter(({ ok }) => !ok).map(({ check, detail }) => `${check}: ${detail}`);
}

describe("explainBodyForm", () => {
  for (const form of bodyForms) {
    test(`${form}: what was signed passes, by whichever secret; another secret or body does not`, () => {
      assert.deepEqual(failures(form, pasted(form)), []);
      assert.deepEqual(failures(form, pasted(form), ["another-secret-entirely", secret]), []);
      assert.match(
        failures(form, pasted(form), ["another-secret-entirely"]).join(),
        /^signature: none of the secrets/u,
      );
      assert.match(
        failures(form, pasted(form, text.replace("evt_1", "evt_2"))).join(),
        /^signature: none of the secrets/u,
      );
    });

    test(`${form}: what happened to the body is named`, () => {
      const spaced = JSON.stringify(JSON.parse(text), undefined, 2);
      assert.match(failures(form, pasted(form, spaced)).join(), /other white space/u);
      assert.match(failures(form, pasted(form, `${text}\n`)).join(), /white space was added/u);
      assert.match(failures(form, pasted(form, `\u{FEFF}${text}`)).join(), /byte order mark/u);
    });

    test(`${form}: an old message is told as old`, () => {
      const [problem = "", ...others] = failures(form, pasted(form, text, (nowSeconds - 3600) * 1000));
      assert.match(problem, /^timestamp: sent 3600 s ago/u);
      assert.deepEqual(others, []);
    });
  }

  test("what is missing is named", () => {
    assert.deepEqual(failures("hex-body", { headers: { "X-Webhook-Timestamp": "1" }, body: Buffer.from(text) }), [
      "headers: missing: x-webhook-signature",
    ]);
  });

  test("the signature of another form is told as that form's", () => {
    assert.match(failures("sha256-body", pasted("hex-body")).join(), /that is form hex-body/u);
    assert.match(failures("hex-body", pasted("sha256-body")).join(), /that is form sha256-body/u);
    assert.match(
      failures("sha256-body", pasted("sha256-timestamp-body")).join(),
      /right for the timestamp and the body/u,
    );
    assert.match(failures("sha256-timestamp-body", pasted("sha256-body")).join(), /right for the body alone/u);
  });

  test("a cut off signature is told as that", () => {
    const { headers, body } = pasted("sha256-body");
    const cut = { ...headers, "x-webhook-signature": headers["x-webhook-signature"]?.slice(0, 40) ?? "" };
    assert.match(failures("sha256-body", { headers: cut, body }).join(), /scheme: .*cut off/u);
  });

  test("the form can be told by the headers, in any case", () => {
    for (const form of signatureForms) {
      const keys = form === "standard" ? [`whsec_${Buffer.alloc(24, 1).toString("base64")}`] : [secret];
      const headers = createSigner(form, { secrets: keys })({
        id: "e",
        timeMs: nowSeconds * 1000,
        body: Buffer.from(""),
      });
      assert.equal(guessForm(headers), form);
      const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
      assert.equal(guessForm(upper), form);
    }
    assert.equal(guessForm({ "x-other": "1" }), undefined);
  });
});

describe("pasted requests", () => {
  const { headers } = pasted("sha256-body");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);

  test("as on the wire, as curl shows it, as Node logs it", () => {
    for (const written of [lines.join("\r\n"), lines.map((line) => `> ${line}`).join("\n"), JSON.stringify(headers)])
      assert.deepEqual(parseHeaders(written), headers);
  });

  test("a whole request: the first line is passed over, and the body's bytes are taken as they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom("\r\n", "\n"), (bytes, end) => {
        const head = Buffer.from(`POST /hook HTTP/1.1${end}${lines.join(end)}${end}${end}`);
        const { headers: found, body } = parseRequest(Buffer.concat([head, bytes]));
        assert.deepEqual(found, headers);
        assert.deepEqual(Buffer.from(body), Buffer.from(bytes));
      }),
    );
  });

  test("what is no request is refused with what is needed", () => {
    assert.throws(() => parseRequest(Buffer.from("a: b")), /blank line/u);
    assert.throws(() => parseHeaders("nothing here"), /no header/u);
  });
});
