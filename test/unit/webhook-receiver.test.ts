/** The receivers' verifier (contract, section 4): judged against what src/core/signature signs and by public vectors. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Attempt, SignatureForm, SignerKeys } from "../../src/core/signature/forms.ts";
import { createSigner } from "../../src/core/signature/forms.ts";
import {
  formatPrivateKey,
  formatPublicKey,
  privateKeyFromSeed,
  publicSigningJwk,
} from "../../src/core/signature/keys.ts";
import type { ReceiverOptions, WebhookEvent } from "../../packages/webhook-receiver/src/index.ts";
import {
  byJobAndVersion,
  createReceiver,
  createSequenceTracker,
  isNewer,
  memoryStore,
  versionOf,
  WebhookError,
} from "../../packages/webhook-receiver/src/index.ts";
import { signTestHeaders } from "../../packages/webhook-receiver/src/testing.ts";

const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
const oldSecret = `whsec_${Buffer.alloc(24, 2).toString("base64")}`;
const textSecret = "a shared secret of the old kind";
const pair = privateKeyFromSeed(Buffer.alloc(32, 3));
const [privateKey, publicKey] = [formatPrivateKey(pair), formatPublicKey(pair)];
const nowMs = Date.parse("2026-03-01T12:00:00Z");

function anEvent(changes: Partial<WebhookEvent> = {}): WebhookEvent {
  return {
    specversion: "1.0",
    id: "evt_1",
    type: "summary.signed",
    source: "https://adapter.example/tenants/general",
    time: "2026-03-01T11:59:00Z",
    data: { tenant: "general", job: "j1", jobSequence: 7, endpointSequence: 41 },
    ...changes,
  };
}
const summaryEvent = (id: string, type: string, version: number, jobSequence: number): WebhookEvent =>
  anEvent({
    id,
    type,
    data: {
      tenant: "general",
      job: "j1",
      jobSequence,
      summary: { href: "/v1/jobs/j1/summary", docStatus: "final", version, sha256: "00" },
    },
  });

const event = anEvent({ subject: "job/ärztlich ✓" });
const body = Buffer.from(JSON.stringify(event));

function sign(keys: SignerKeys, changes: Partial<Attempt> = {}, form: SignatureForm = "standard") {
  return { ...createSigner(form, keys)({ id: "evt_1", timeMs: nowMs, body, ...changes }) };
}
const receiver = (options: ReceiverOptions) => createReceiver({ now: () => nowMs, ...options });
const headers = sign({ secrets: [secret] });

/** The code that a call fails with. */
function refused(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof WebhookError, String(error));
    assert.ok(!error.message.includes("j1"), "a reason quotes nothing of the request");
    return error.code;
  }
  return "accepted";
}

describe("verify, form standard (Standard Webhooks 1.0.0)", () => {
  const held = receiver({ secrets: [secret] });
  const code = (changed: Record<string, string>, bytes: Uint8Array | string = body) =>
    refused(() => held.verify({ ...headers, ...changed }, bytes));

  test("gives the event, from bytes and from a string", () => {
    assert.deepEqual(held.verify(headers, body), event);
    assert.deepEqual(held.verify(headers, body.toString()), event);
    assert.deepEqual(held.verify(headers, new Uint8Array(body)), event);
    assert.deepEqual(held.verify(headers, new Uint8Array(body).buffer), event);
  });

  test("reads headers from Node's object, Fetch's Headers and a Map, in any case", () => {
    const upper = Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value] as const);
    for (const shape of [
      headers,
      Object.fromEntries(upper),
      new Map(upper),
      new Headers(headers),
      Object.fromEntries(upper.map(([name, value]) => [name, [value]])),
    ])
      assert.equal(held.verify(shape, body).id, "evt_1");
  });

  test("a parsed object in place of the raw body is named as the fault it is", () => {
    const parsed = JSON.parse(body.toString()) as string;
    assert.equal(
      refused(() => held.verify(headers, parsed)),
      "body_not_raw",
    );
  });

  test("during a rotation the holder of the old secret, of the new one, and of both verifies", () => {
    const both = sign({ secrets: [secret, oldSecret] });
    for (const secrets of [[secret], [oldSecret], [oldSecret, secret]])
      assert.equal(receiver({ secrets }).verify(both, body).id, "evt_1");
    assert.equal(receiver({ secrets: [secret, oldSecret] }).verify(sign({ secrets: [oldSecret] }), body).id, "evt_1");
  });

  test("v1a: by whpk_ or by a member of the JWK Set, alone or beside v1", () => {
    for (const key of [publicKey, { ...publicSigningJwk(pair) }]) {
      const asymmetric = receiver({ publicKeys: [key] });
      assert.equal(asymmetric.verify(sign({ secrets: [], privateKeys: [privateKey] }), body).id, "evt_1");
      assert.equal(asymmetric.verify(sign({ secrets: [secret], privateKeys: [privateKey] }), body).id, "evt_1");
    }
    const stranger = receiver({ publicKeys: [formatPublicKey(privateKeyFromSeed(Buffer.alloc(32, 9)))] });
    assert.equal(
      refused(() => stranger.verify(sign({ secrets: [], privateKeys: [privateKey] }), body)),
      "no_match",
    );
  });

  for (const [offsetSeconds, expected] of [
    [300, "accepted"],
    [-300, "accepted"],
    [301, "too_new"],
    [-301, "too_old"],
  ] as const) {
    test(`signed ${offsetSeconds} s from now: ${expected}`, () => {
      const shifted = sign({ secrets: [secret] }, { timeMs: nowMs + offsetSeconds * 1000 });
      assert.equal(
        refused(() => held.verify(shifted, body)),
        expected,
      );
    });
  }

  test("the tolerance can be set", () => {
    const late = sign({ secrets: [secret] }, { timeMs: nowMs - 20_000 });
    assert.equal(
      refused(() => receiver({ secrets: [secret], toleranceSeconds: 10 }).verify(late, body)),
      "too_old",
    );
  });

  test("each fault has its own reason", () => {
    for (const name of Object.keys(headers)) assert.equal(code({ [name]: "" }), "missing_header", name);
    for (const timestamp of ["soon", "-1", "1e9", "1772366400.5", "1772366400, 1772366400"])
      assert.equal(code({ "webhook-timestamp": timestamp }), "malformed_header", timestamp);
    assert.equal(
      refused(() => held.verify({ ...headers, "Webhook-Id": "evt_1" }, body)),
      "malformed_header",
    );
    assert.equal(code({}, Buffer.concat([body, Buffer.from(" ")])), "no_match");
    assert.equal(code({ "webhook-id": "evt_2" }), "no_match");
    assert.equal(code({ "webhook-signature": "v1,AAAA" }), "no_match");
    assert.equal(code({ "webhook-signature": "v1a,AAAA v2,AAAA nonsense" }), "unknown_scheme");
    assert.equal(code(sign({ secrets: [oldSecret] })), "no_match");
  });

  test("a right signature over something that is no event, or over another id, is refused too", () => {
    for (const bytes of [Buffer.from("{}"), Buffer.from("no json"), Buffer.from([0xff, 0xfe]), Buffer.alloc(0)])
      assert.equal(code(sign({ secrets: [secret] }, { body: bytes }), bytes), "malformed_body");
    assert.equal(code(sign({ secrets: [secret] }, { id: "evt_2" })), "id_mismatch");
  });

  test("the public vectors: the signature counts, so what is refused is only the body, which is no event", () => {
    const vector = Buffer.from('{"test": 2432232314}');
    const sent = { "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330" };
    const now = () => 1_614_265_330_000;
    const symmetric = createReceiver({ now, secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] });
    const v1 = { ...sent, "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" };
    assert.equal(
      refused(() => symmetric.verify(v1, vector)),
      "malformed_body",
    );
    const asymmetric = createReceiver({ now, publicKeys: ["whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="] });
    const v1a = {
      ...sent,
      "webhook-signature":
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
    };
    assert.equal(
      refused(() => asymmetric.verify(v1a, vector)),
      "malformed_body",
    );
    assert.equal(
      refused(() => asymmetric.verify({ ...v1a, "webhook-id": "msg_2" }, vector)),
      "no_match",
    );
  });

  test("a receiver that could check nothing does not start", () => {
    for (const options of [
      {},
      { secrets: [] },
      { secrets: ["whsec_short"] },
      { publicKeys: ["whpk_AAAA"] },
      { secrets: [textSecret], publicKeys: [publicKey], form: "hex-body" },
      { secrets: ["short"], form: "hex-body" },
    ] as const)
      assert.throws(() => createReceiver(options), TypeError);
  });
});

describe("verify, forms for receivers already written", () => {
  for (const form of ["sha256-body", "hex-body", "sha256-timestamp-body"] as const) {
    const keys = { secrets: [textSecret] };
    const held = receiver({ form, secrets: ["another secret, an old one", textSecret] });
    test(`${form}: what the adapter signs verifies; changed bytes, wrong times and other forms do not`, () => {
      const signed = sign(keys, {}, form);
      assert.deepEqual(held.verify(signed, body), event);
      assert.equal(
        refused(() => held.verify(signed, Buffer.concat([body, body]))),
        "no_match",
      );
      assert.equal(
        refused(() => held.verify(sign(keys, { timeMs: nowMs - 301_000 }, form), body)),
        "too_old",
      );
      assert.equal(
        refused(() => held.verify(sign(keys, { timeMs: nowMs + 301_000 }, form), body)),
        "too_new",
      );
      assert.equal(
        refused(() => held.verify({ ...signed, "x-webhook-signature": "md5=1" }, body)),
        "malformed_header",
      );
      assert.equal(
        refused(() => held.verify({ ...signed, "x-webhook-timestamp": "now" }, body)),
        "malformed_header",
      );
      assert.equal(
        refused(() => held.verify(headers, body)),
        "missing_header",
      );
    });
  }

  test("where the time is not signed, an event older than the memory of events is refused, whatever the header says", () => {
    const old = Buffer.from(JSON.stringify(anEvent({ time: "2026-02-20T12:00:00Z" })));
    const verdict = (form: SignatureForm, retentionSeconds?: number) =>
      refused(() =>
        receiver({
          form,
          secrets: [textSecret],
          ...(retentionSeconds === undefined ? {} : { retentionSeconds }),
        }).verify(sign({ secrets: [textSecret] }, { body: old }, form), old),
      );
    assert.equal(verdict("hex-body"), "too_old");
    assert.equal(verdict("sha256-body"), "too_old");
    assert.equal(verdict("hex-body", 30 * 24 * 3600), "accepted");
    assert.equal(verdict("sha256-timestamp-body"), "accepted");
  });
});

describe("signTestHeaders", () => {
  test("gives byte for byte what the adapter signs, in every form", () => {
    assert.deepEqual(
      signTestHeaders([secret, oldSecret, privateKey], body, { timeMs: nowMs }),
      sign({ secrets: [secret, oldSecret], privateKeys: [privateKey] }),
    );
    for (const form of ["sha256-body", "hex-body", "sha256-timestamp-body"] as const)
      assert.deepEqual(
        signTestHeaders(textSecret, body, { form, timeMs: nowMs }),
        sign({ secrets: [textSecret] }, {}, form),
      );
  });
  test("takes the id given, else the body's, else a new one", () => {
    assert.equal(signTestHeaders(secret, body, { id: "evt_9" })["webhook-id"], "evt_9");
    assert.equal(signTestHeaders(secret, body)["webhook-id"], "evt_1");
    assert.match(signTestHeaders(secret, "no json")["webhook-id"] ?? "", /^evt_[0-9a-f]{32}$/u);
  });
});

describe("taking each event once", () => {
  test("the second delivery of an id is a duplicate, until the claim is given back", async () => {
    const held = receiver({ secrets: [secret] });
    const first = await held.receive(headers, body);
    assert.deepEqual([first.event.id, first.duplicate], ["evt_1", false]);
    assert.equal((await held.receive(headers, body)).duplicate, true);
    await first.release();
    assert.equal((await held.receive(headers, body)).duplicate, false);
  });

  test("the memory outlives a week of retries and replays, and then forgets", async () => {
    let clock = nowMs;
    const held = createReceiver({ secrets: [secret], now: () => clock });
    const arrives = async () => (await held.receive(sign({ secrets: [secret] }, { timeMs: clock }), body)).duplicate;
    assert.equal(await arrives(), false);
    clock += 7 * 24 * 3600 * 1000 - 1;
    assert.equal(await arrives(), true);
    clock += 1;
    assert.equal(await arrives(), false);
  });

  test("the memory store is bounded: the oldest goes first", () => {
    const store = memoryStore({ now: () => 0, maxKeys: 2 });
    for (const key of ["a", "b", "c"]) assert.equal(store.claim(key, 10, event), "new");
    assert.deepEqual(
      ["b", "c"].map((key) => store.claim(key, 10, event)),
      ["seen", "seen"],
    );
    assert.equal(store.claim("a", 10, event), "new");
  });

  test("by job and version: another event about the same act on the same version is a duplicate", async () => {
    const held = receiver({ secrets: [secret], idempotencyKey: byJobAndVersion });
    const arrives = async (one: WebhookEvent) => {
      const bytes = Buffer.from(JSON.stringify(one));
      return (await held.receive(sign({ secrets: [secret] }, { id: one.id, body: bytes }), bytes)).duplicate;
    };
    assert.equal(await arrives(summaryEvent("evt_1", "summary.signed", 2, 5)), false);
    assert.equal(await arrives(summaryEvent("evt_2", "summary.signed", 2, 6)), true);
    assert.equal(await arrives(summaryEvent("evt_3", "summary.retracted", 2, 7)), false);
    assert.equal(await arrives(summaryEvent("evt_4", "summary.signed", 3, 8)), false);
    assert.equal(await arrives(anEvent({ id: "evt_5", type: "task.started" })), false);
    assert.equal(await arrives(anEvent({ id: "evt_6", type: "task.started" })), false);
  });

  test("a store that fails is no acceptance: the sender is asked to send again", async () => {
    const store = { claim: () => Promise.reject(new Error("no connection")), release: () => undefined };
    await assert.rejects(receiver({ secrets: [secret], store }).receive(headers, body), {
      code: "store_failed",
      status: 503,
    });
  });

  test("neither is a key function that throws", async () => {
    const idempotencyKey = () => {
      throw new Error("no such field");
    };
    await assert.rejects(receiver({ secrets: [secret], idempotencyKey }).receive(headers, body), {
      code: "store_failed",
    });
  });

  test("the store is handed the event and the end of its claim: it can write both in one statement", async () => {
    const calls: unknown[] = [];
    const store = { claim: (...given: unknown[]) => (calls.push(given), "new" as const), release: () => undefined };
    await receiver({ secrets: [secret], store, retentionSeconds: 60 }).receive(headers, body);
    assert.deepEqual(calls, [["evt_1", nowMs + 60_000, event]]);
  });
});

describe("order", () => {
  test("a later version wins; within a version the later act", () => {
    const ready = summaryEvent("evt_1", "summary.ready", 1, 4);
    const signed = summaryEvent("evt_2", "summary.signed", 1, 6);
    const amended = summaryEvent("evt_3", "summary.amended", 2, 9);
    assert.ok(isNewer(ready, undefined));
    assert.ok(isNewer(signed, versionOf(ready)));
    assert.ok(isNewer(amended, versionOf(signed)));
    for (const late of [ready, signed, amended]) assert.ok(!isNewer(late, versionOf(amended)), late.id);
    assert.ok(!isNewer(anEvent({ type: "task.started" }), undefined));
  });

  const at = (job: string, jobSequence: number, endpointSequence = jobSequence) =>
    anEvent({ data: { tenant: "general", job, jobSequence, endpointSequence } });

  test("gaps are found, filled by late comers, and told until then", () => {
    const tracker = createSequenceTracker("endpointSequence");
    const observed = [3, 4, 7, 5, 5, 2, 8].map((sequence) => tracker.observe(at(`job ${sequence}`, 1, sequence)));
    assert.deepEqual(observed, [
      { order: "in-order" },
      { order: "in-order" },
      { order: "gap", from: 5, to: 6 },
      { order: "late", fillsGap: true },
      { order: "late", fillsGap: false },
      { order: "late", fillsGap: false },
      { order: "in-order" },
    ]);
    assert.deepEqual(tracker.missing(at("any", 1)), [6]);
  });

  test("jobs are followed apart from each other; events without a number are not placed", () => {
    const tracker = createSequenceTracker("jobSequence");
    assert.deepEqual(tracker.observe(at("a", 1)), { order: "in-order" });
    assert.deepEqual(tracker.observe(at("b", 9)), { order: "in-order" });
    assert.deepEqual(tracker.observe(at("a", 2)), { order: "in-order" });
    assert.equal(tracker.observe(anEvent({ data: {} })), undefined);
  });

  test("what is remembered is bounded, in jobs and in missing numbers", () => {
    const jobs = createSequenceTracker("jobSequence", { maxKeys: 1 });
    jobs.observe(at("a", 1));
    jobs.observe(at("b", 1));
    assert.deepEqual(jobs.observe(at("a", 5)), { order: "in-order" }, "a was forgotten");
    const numbers = createSequenceTracker("jobSequence", { maxMissing: 3 });
    numbers.observe(at("a", 1));
    numbers.observe(at("a", 1_000_000_000));
    numbers.observe(at("a", 1_000_000_002));
    assert.deepEqual(numbers.missing(at("a", 1)), [999_999_998, 999_999_999, 1_000_000_001]);
  });
});
