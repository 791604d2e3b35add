/** The receivers' package: it judges as the adapter's own verifier does, and its helpers of order hold for any order. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { WebhookEvent } from "../../packages/webhook-receiver/src/index.ts";
import {
  createReceiver,
  createSequenceTracker,
  isNewer,
  memoryStore,
  versionOf,
  WebhookError,
} from "../../packages/webhook-receiver/src/index.ts";
import {
  formatPublicKey,
  formatSigningSecret,
  parseSigningSecret,
  privateKeyFromSeed,
  publicHalf,
} from "../../src/core/signature/keys.ts";
import type { VerifyResult } from "../../src/core/signature/standard.ts";
import { signStandard, verifyStandard } from "../../src/core/signature/standard.ts";

const nowSeconds = 1_772_366_400;
const event = (changes: Partial<WebhookEvent>): WebhookEvent => ({
  specversion: "1.0",
  id: "evt_1",
  type: "summary.signed",
  source: "https://adapter.example",
  time: "2026-03-01T12:00:00Z",
  data: {},
  ...changes,
});

const sameVerdict: Record<Exclude<VerifyResult, "valid">, string> = {
  timestamp_malformed: "malformed_header",
  timestamp_too_old: "too_old",
  timestamp_too_new: "too_new",
  signature_unknown_scheme: "unknown_scheme",
  signature_mismatch: "no_match",
};

const secretText = fc.uint8Array({ minLength: 24, maxLength: 24 }).map(formatSigningSecret);
const pair = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(privateKeyFromSeed);

/** What may happen to a signed message on its way, most of it nothing. */
const mishap = fc.record({
  timestamp: fc.option(
    fc.oneof(
      fc.integer({ min: -400, max: 400 }).map((off) => String(nowSeconds + off)),
      fc.string({ minLength: 1 }),
    ),
    { freq: 1 },
  ),
  entries: fc.option(fc.constantFrom("v1,AAAA", "v1a,AAAA", "v2,AAAA", "v1", "v1a,?"), { freq: 1 }),
  body: fc.boolean(),
});

describe("verify", () => {
  test("says what the adapter's own verifier says, whatever happens to the message on its way", () => {
    fc.assert(
      fc.property(
        fc.array(secretText, { maxLength: 3 }),
        pair,
        fc.boolean(),
        fc.integer({ min: -400, max: 400 }),
        mishap,
        fc.nat(2),
        (secrets, key, asymmetric, offset, { timestamp, entries, body }, strangers) => {
          const signing = secrets.flatMap((secret) => parseSigningSecret(secret) ?? []);
          const signed = Buffer.from(JSON.stringify(event({})));
          const seconds = nowSeconds + offset;
          const signature = signStandard("evt_1", seconds, signed, asymmetric ? [...signing, key] : signing);
          const arrived = body ? signed : Buffer.concat([signed, Buffer.from(" ")]);
          const message = {
            id: "evt_1",
            timestamp: timestamp ?? String(seconds),
            signature: entries === null ? signature || "none" : `${entries} ${signature}`,
            body: arrived,
          };
          const held = secrets.slice(strangers);
          const keys = [...held.flatMap((secret) => parseSigningSecret(secret) ?? []), publicHalf(key)];
          const receiver = createReceiver({
            secrets: held,
            publicKeys: [formatPublicKey(key)],
            now: () => nowSeconds * 1000,
          });
          const headers = {
            "webhook-id": message.id,
            "webhook-timestamp": message.timestamp,
            "webhook-signature": message.signature,
          };
          const expected = verifyStandard(message, keys, nowSeconds);
          if (expected === "valid") assert.equal(receiver.verify(headers, arrived).id, "evt_1");
          else
            assert.throws(
              () => receiver.verify(headers, arrived),
              (error) => error instanceof WebhookError && error.code === sameVerdict[expected],
            );
        },
      ),
      { numRuns: 400 },
    );
  });

  test("no headers and no bytes make it throw anything but a WebhookError", () => {
    const receiver = createReceiver({ secrets: [formatSigningSecret(Buffer.alloc(24, 1))] });
    const names = fc.constantFrom("webhook-id", "Webhook-Timestamp", "webhook-signature");
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), fc.uint8Array(), (headers, bytes) => {
        assert.throws(() => receiver.verify(headers, bytes), WebhookError);
      }),
    );
  });
});

describe("order", () => {
  const numbered = (endpointSequence: number) => event({ data: { tenant: "t", endpointSequence } });

  test("in whatever order the numbers come, what is missing is what lies between the first and the highest", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 80 }), (sequences) => {
        const tracker = createSequenceTracker("endpointSequence");
        for (const sequence of sequences) tracker.observe(numbered(sequence));
        const [first = 0] = sequences;
        const missing = Array.from({ length: Math.max(...sequences) }, (_, index) => index + 1).filter(
          (number) => number > first && !sequences.includes(number),
        );
        assert.deepEqual(tracker.missing(numbered(1)), missing);
      }),
    );
  });

  test("applying only what is newer ends at the latest act, in whatever order and however often the events come", () => {
    const act = fc.integer({ min: 1, max: 12 });
    // A later place in the log never has a lower version.
    const summary = (jobSequence: number) =>
      event({
        data: {
          job: "j",
          jobSequence,
          summary: { href: "/", docStatus: "final", version: Math.ceil(jobSequence / 3), sha256: "00" },
        },
      });
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 30 }), (acts) => {
        let applied = versionOf(summary(acts[0] ?? 1));
        for (const place of acts) if (isNewer(summary(place), applied)) applied = versionOf(summary(place));
        assert.equal(applied?.jobSequence, Math.max(...acts));
      }),
    );
  });
});

describe("the memory store", () => {
  test("within its bound a key is new once until its end or its release", () => {
    const step = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      act: fc.constantFrom("claim", "claim", "release"),
      passesMs: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let clock = 0;
        const store = memoryStore({ now: () => clock });
        const ends = new Map<string, number>();
        for (const { key, act, passesMs } of steps) {
          clock += passesMs;
          if (act === "release") {
            void store.release(key);
            ends.delete(key);
            continue;
          }
          const free = (ends.get(key) ?? 0) <= clock;
          assert.equal(store.claim(key, clock + 10, event({})), free ? "new" : "seen");
          if (free) ends.set(key, clock + 10);
        }
      }),
    );
  });
});
