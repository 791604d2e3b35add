/** What every kind of destination must do, whatever it sends: one suite, run by each kind's own test. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AttemptDependencies } from "../../src/delivery/attempt.ts";
import { attempt } from "../../src/delivery/attempt.ts";
import type { ClaimedDelivery, Destination } from "../../src/delivery/destinations/destination.ts";
import type { Endpoint } from "../../src/delivery/endpoint.ts";
import type { EgressClient } from "../../src/egress/client.ts";
import { createEgressClient } from "../../src/egress/client.ts";
import { postOver } from "../../src/egress/post.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";

export interface DestinationCase {
  readonly name: string;
  readonly contentType: string;
  readonly destination: () => Destination;
  /** An endpoint of this kind at `url`, with the retry preset `short` and a time-out of 300 ms. */
  readonly endpoint: (url: string) => Endpoint;
  /** Headers that the endpoint adds. */
  readonly headers: Readonly<Record<string, string>>;
}

const data = {
  patient: "Patient/1",
  summary: { version: 1, docStatus: "final", sha256: "abc", href: "https://adapter.example/v1/jobs/1/summary" },
};

export const delivery: ClaimedDelivery = {
  sequence: 7,
  attempts: 0,
  scheduleFrom: 0,
  event: {
    id: "evt_0196f0c27b1e7cc0b7a52f2f8d7c0001",
    tenant: "general",
    job: "0196f0c2-7b1e-7cc0-b7a5-2f2f8d7c0001",
    sequence: 3,
    type: "summary.signed",
    time: "2026-11-21T10:00:00.000Z",
    source: "https://adapter.example/tenants/general",
    data,
  },
  dataJson: JSON.stringify(data),
};

export function destinationSuite(subject: DestinationCase): void {
  describe(`destination ${subject.name}`, () => {
    let site: WebhookSite;
    let client: EgressClient;
    let nowMs = Date.UTC(2026, 10, 21);
    before(async () => {
      site = await webhookSite();
      client = createEgressClient({ allow: ["127.0.0.1/32"], allowHttp: true });
    });
    after(async () => {
      await client.close();
      await site.close();
    });

    const endpoint = (): Endpoint => subject.endpoint(`${site.url}/in`);
    const deps = (changes: Partial<AttemptDependencies> = {}): AttemptDependencies => ({
      destination: subject.destination(),
      post: postOver(client),
      now: () => nowMs,
      random: () => 0,
      keep: async () => true,
      ...changes,
    });
    const send = (changes: Partial<AttemptDependencies> = {}, stop = new AbortController().signal) => {
      site.received.length = 0;
      return attempt(delivery, endpoint(), deps(changes), stop);
    };
    const answering = (status: number, headers: Record<string, string> = {}, body = "") =>
      site.answer((_received, response) => response.writeHead(status, headers).end(body));

    test("POSTs JSON with its content type and every header of the endpoint, and no credential of ours", async () => {
      answering(204);
      await send();
      const [received] = site.received;
      assert.equal(received?.method, "POST");
      assert.ok(received?.headers["content-type"]?.startsWith(subject.contentType));
      for (const [name, value] of Object.entries(subject.headers))
        assert.equal(received?.headers[name.toLowerCase()], value);
      JSON.parse(String(received?.body));
    });

    test("sends the same bytes on every attempt, whenever that is", async () => {
      answering(500);
      await send();
      const first = site.received[0]?.body.toString("hex");
      nowMs += 3_600_000;
      await send();
      assert.equal(site.received[0]?.body.toString("hex"), first);
    });

    for (const status of [200, 201, 202, 204]) {
      test(`${status} is success, whatever the body says`, async () => {
        answering(status, {}, status === 204 ? "" : '{"error":"no"}');
        assert.deepEqual((await send())?.outcome, { kind: "delivered", code: `http_${status}` });
      });
    }
    for (const status of [301, 302, 303, 307, 308]) {
      test(`${status} is a failure and is not followed`, async () => {
        answering(status, { location: `${site.url}/elsewhere` });
        const result = await send();
        assert.deepEqual([result?.outcome.kind, result?.outcome.code], ["retry", `http_${status}`]);
        assert.equal(site.received.length, 1);
      });
    }
    test("410 ends it; 503 obeys Retry-After; 500 is tried again", async () => {
      answering(410);
      assert.deepEqual((await send())?.outcome, { kind: "dead", code: "http_410", disable: true });
      answering(503, { "retry-after": "60" });
      assert.deepEqual((await send())?.outcome, { kind: "retry", code: "http_503", delayMs: 60_000, quietMs: 60_000 });
      answering(500);
      assert.equal((await send())?.outcome.kind, "retry");
    });
    test("a peer that never answers, and one that drips its headers' end, is a timeout", async () => {
      site.answer(() => undefined);
      assert.equal((await send())?.outcome.code, "timeout");
    });
    test("a huge or dripping answer does not change the verdict, nor is it read to its end", async () => {
      site.answer((_received, response) => {
        response.writeHead(200);
        response.write(Buffer.alloc(1024 * 1024));
      });
      const result = await send();
      assert.deepEqual([result?.outcome.kind, result?.responseBytes], ["delivered", 16 * 1024]);
    });
    test("the fixed words of a failed connection", async () => {
      const failing = (error: Error) => ({
        post: async () => {
          throw error;
        },
      });
      const withCode = (code: string) => Object.assign(new Error("the text may name a host"), { code });
      const words = {
        ENOTFOUND: "name_not_resolved",
        ECONNREFUSED: "connection_refused",
        ECONNRESET: "connection_reset",
        CERT_HAS_EXPIRED: "tls_invalid",
        ERR_TLS_CERT_ALTNAME_INVALID: "tls_invalid",
        DEPTH_ZERO_SELF_SIGNED_CERT: "tls_invalid",
        HPE_INVALID_CONSTANT: "answer_malformed",
        UND_ERR_CONNECT_TIMEOUT: "timeout",
        UNHEARD_OF: "connection_reset",
      };
      for (const [code, word] of Object.entries(words))
        assert.equal((await send(failing(withCode(code))))?.outcome.code, word, code);
    });
    test("our own shutdown leaves no result, so it costs no attempt", async () => {
      site.answer(() => undefined);
      const stop = new AbortController();
      const result = send({}, stop.signal);
      await site.came(1);
      stop.abort();
      assert.equal(await result, undefined);
    });
    test("an endpoint of another kind is held, never sent to", async () => {
      const { settings } = endpoint();
      const other = {
        ...endpoint(),
        settings: { ...settings, kind: settings.kind === "webhook" ? "fhir-rest-hook" : "webhook" },
      } as Endpoint;
      const result = await attempt(delivery, other, deps(), new AbortController().signal);
      assert.deepEqual(result?.outcome, { kind: "held", code: "wrong_kind" });
    });
  });
}
