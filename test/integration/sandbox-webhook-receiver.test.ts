/** The webhook receiver: verifies with the public library, takes a message once, and breaks on demand. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Webhook } from "standardwebhooks";
import { createWebhookReceiver } from "../../sandbox/receiver/webhook-receiver.ts";
import type { WebhookReceiver } from "../../sandbox/receiver/webhook-receiver.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

let receiver: WebhookReceiver;
before(async () => {
  receiver = await createWebhookReceiver({ secrets: [SECRET] });
});
beforeEach(() => {
  receiver.clear();
  receiver.recover();
  receiver.setSecrets([SECRET]);
});
after(() => receiver.close());

interface Sending {
  readonly id?: string;
  readonly secret?: string;
  readonly at?: Date;
  readonly body?: string;
  readonly tamper?: string;
  readonly sequence?: number;
  readonly signal?: AbortSignal;
}

async function send(sending: Sending = {}): Promise<Response> {
  const id = sending.id ?? "evt_1";
  const at = sending.at ?? new Date();
  const data = { job: "j1", jobSequence: 3, endpointSequence: sending.sequence ?? 1 };
  const body = sending.body ?? JSON.stringify({ id, type: "summary.ready", data });
  return fetch(receiver.endpointUrl(), {
    method: "POST",
    redirect: "manual",
    headers: {
      "content-type": "application/cloudevents+json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(sending.secret ?? SECRET).sign(id, at, body),
    },
    body: sending.tamper ?? body,
    ...(sending.signal === undefined ? {} : { signal: sending.signal }),
  });
}

describe("webhook receiver: verification (Standard Webhooks 1.0.0)", () => {
  it("takes a signed message and shows what it was", async () => {
    assert.equal((await send()).status, 204);
    const message = await receiver.untilReceived("summary.ready");
    assert.deepEqual(
      [message.id, message.job, message.jobSequence, message.endpointSequence, message.verified],
      ["evt_1", "j1", 3, 1, true],
    );
    assert.notEqual(message.processedAt, undefined);
  });

  const refused: [string, Sending][] = [
    ["another secret", { secret: OTHER }],
    ["a changed body", { tamper: '{"id":"evt_1","type":"summary.signed"}' }],
    ["a timestamp of ten minutes ago", { at: new Date(Date.now() - 600_000) }],
    ["a timestamp in ten minutes", { at: new Date(Date.now() + 600_000) }],
    ["a header id that is not the body's", { body: '{"id":"evt_2"}' }],
  ];
  for (const [what, sending] of refused) {
    it(`refuses ${what}, and says why in its inbox`, async () => {
      assert.equal((await send(sending)).status, 401);
      const [message] = receiver.inbox;
      assert.equal(message?.processedAt, undefined);
      assert.notEqual(message?.attempts[0]?.reason, undefined);
    });
  }

  it("accepts either secret while one is being rotated", async () => {
    receiver.setSecrets([OTHER, SECRET]);
    assert.equal((await send({ id: "evt_a" })).status, 204);
    assert.equal((await send({ id: "evt_b", secret: OTHER })).status, 204);
  });
});

describe("webhook receiver: at least once, exactly one effect", () => {
  it("acknowledges a repeat without processing it again", async () => {
    await send();
    assert.equal((await send()).status, 204);
    const [message] = receiver.inbox;
    assert.equal(receiver.inbox.length, 1);
    assert.deepEqual(
      message?.attempts.map(({ duplicate }) => duplicate),
      [false, true],
    );
  });

  it("lost-answer: keeps the message, answers 500, and knows the retry as a duplicate", async () => {
    receiver.failNext({ kind: "lost-answer" });
    assert.equal((await send()).status, 500);
    assert.equal((await send()).status, 204);
    assert.equal(receiver.inbox[0]?.attempts[1]?.duplicate, true);
  });

  it("finds a gap in the endpoint's sequence, and bytes that changed between attempts", async () => {
    await send({ id: "evt_1", sequence: 1 });
    await send({ id: "evt_4", sequence: 4 });
    assert.deepEqual(receiver.missingSequences(), [2, 3]);
    assert.deepEqual(receiver.changedBodies(), []);
    await send({ id: "evt_4", sequence: 5 });
    assert.deepEqual(receiver.changedBodies(), ["evt_4"]);
  });
});

describe("webhook receiver: faults", () => {
  it("answers a status as often as asked, then recovers", async () => {
    receiver.failNext({ kind: "status", status: 500 }, 2);
    const statuses = [await send(), await send(), await send()].map(({ status }) => status);
    assert.deepEqual(statuses, [500, 500, 204]);
    assert.equal(receiver.inbox[0]?.attempts.length, 3);
  });

  it("429 carries Retry-After, 302 its location, 410 nothing", async () => {
    receiver.failNext({ kind: "status", status: 429, retryAfter: "7" });
    receiver.failNext({ kind: "redirect", location: "http://127.0.0.1:1/elsewhere" });
    receiver.failNext({ kind: "status", status: 410 });
    const answers = [await send(), await send(), await send()];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [429, 302, 410],
    );
    assert.equal(answers[0]?.headers.get("retry-after"), "7");
    assert.equal(answers[1]?.headers.get("location"), "http://127.0.0.1:1/elsewhere");
  });

  for (const kind of ["hang", "slow-drip"] as const) {
    it(`${kind}: never finishes an answer`, async () => {
      receiver.failNext({ kind });
      const stopped = send({ signal: AbortSignal.timeout(300) }).then((response) => response.text());
      await assert.rejects(stopped, { name: "TimeoutError" });
      assert.equal(receiver.inbox[0]?.attempts[0]?.status, undefined);
    });
  }

  it("reset and down: no HTTP answer at all; up again at the same address", async () => {
    receiver.failNext({ kind: "reset" });
    await assert.rejects(send());
    await receiver.down();
    await assert.rejects(send());
    await receiver.up();
    assert.equal((await send()).status, 204);
  });
});
