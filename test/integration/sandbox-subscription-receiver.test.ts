/** The rest-hook endpoint: which notification Bundles (Subscriptions R5 Backport 1.1, R4) it takes, and what it finds. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { subscribe } from "../../sandbox/receiver/subscribe.ts";
import { createSubscriptionReceiver } from "../../sandbox/receiver/subscription-receiver.ts";
import type { SubscriptionReceiver } from "../../sandbox/receiver/subscription-receiver.ts";

let receiver: SubscriptionReceiver;
before(async () => {
  receiver = await createSubscriptionReceiver();
});
beforeEach(() => receiver.clear());
after(() => receiver.close());

interface Notification {
  readonly type?: string;
  readonly count?: number;
  readonly events?: readonly number[];
  readonly change?: (bundle: ReturnType<typeof notification>) => void;
  readonly headers?: Record<string, string>;
}

function notification({ type = "event-notification", count = 1, events = [] }: Notification) {
  const event = (number: number) => ({
    name: "notification-event",
    part: [
      { name: "event-number", valueString: String(number) },
      { name: "timestamp", valueInstant: "2026-03-20T10:00:00Z" },
      { name: "focus", valueReference: { reference: "https://a.example/fhir/DocumentReference/d1" } },
    ],
  });
  const status = {
    resourceType: "Parameters",
    parameter: [
      { name: "subscription", valueReference: { reference: "https://a.example/fhir/Subscription/s1" } },
      { name: "topic", valueCanonical: "https://a.example/topics/discharge-summary" },
      { name: "status", valueCode: type === "handshake" ? "requested" : "active" },
      { name: "type", valueCode: type },
      { name: "events-since-subscription-start", valueString: String(count) },
      ...events.map(event),
    ],
  };
  const url = "https://a.example/fhir/Subscription/s1/$status";
  const focus = {
    fullUrl: "https://a.example/fhir/DocumentReference/d1",
    request: { method: "GET", url: "DocumentReference/d1" },
    response: { status: "200" },
  };
  const first = {
    fullUrl: "urn:uuid:5a3f6f1e-96f4-4a4c-8f3b-0d6a7f1f0e11",
    resource: status,
    request: { method: "GET", url },
    response: { status: "200" },
  };
  return { resourceType: "Bundle", type: "history", entry: [first, ...events.map(() => focus)] };
}

async function notify(wanted: Notification = {}): Promise<number> {
  const bundle = notification(wanted);
  wanted.change?.(bundle);
  const headers = { "content-type": "application/fhir+json", authorization: receiver.header.value, ...wanted.headers };
  const response = await fetch(receiver.endpointUrl(), { method: "POST", headers, body: JSON.stringify(bundle) });
  return response.status;
}

describe("subscription receiver: sound notifications", () => {
  it("takes handshake, heartbeat and event", async () => {
    assert.equal(await notify({ type: "handshake", count: 0 }), 200);
    assert.equal(await notify({ type: "heartbeat", count: 0 }), 200);
    assert.equal(await notify({ count: 1, events: [1] }), 200);
    const { content } = await receiver.untilReceived("event-notification");
    assert.deepEqual(
      content?.events.map(({ number }) => number),
      [1],
    );
    assert.deepEqual(
      receiver.notifications.flatMap(({ violations }) => violations),
      [],
    );
  });

  it("knows a repeat, and a gap, also from a heartbeat's count alone", async () => {
    await notify({ count: 1, events: [1] });
    await notify({ count: 1, events: [1] });
    assert.equal(receiver.notifications[1]?.duplicate, true);
    await notify({ count: 3, events: [3] });
    assert.deepEqual(receiver.missingEvents(), [2]);
    await notify({ type: "heartbeat", count: 4 });
    assert.deepEqual(receiver.missingEvents(), [2, 4]);
  });

  it("fails as often as asked", async () => {
    receiver.failNext(503, 1);
    assert.equal(await notify({ events: [1] }), 503);
    assert.deepEqual(receiver.missingEvents(), []);
    assert.equal(await notify({ events: [1] }), 200);
    assert.equal(receiver.notifications[1]?.duplicate, false);
  });
});

describe("subscription receiver: what it refuses", () => {
  const cases: [string, Notification, number][] = [
    ["27: without the promised header", { events: [1], headers: { authorization: "Bearer x" } }, 401],
    ["26: of another content type", { events: [1], headers: { "content-type": "application/json" } }, 400],
    ["14: of type collection", { events: [1], change: (b) => void (b.type = "collection") }, 400],
    ["14: with the status not first", { events: [1], change: (b) => void b.entry.reverse() }, 400],
    ["102: an event without events", { events: [] }, 400],
    ["102: a heartbeat with an event", { type: "heartbeat", events: [1] }, 400],
    ["103: numbers out of sequence", { count: 3, events: [1, 3] }, 400],
    ["71: a query's answer that is pushed", { type: "query-status" }, 400],
    [
      "40: id-only with a resource",
      { events: [1], change: (b) => void Object.assign(b.entry[1] ?? {}, { resource: { resourceType: "Patient" } }) },
      400,
    ],
  ];
  for (const [what, wanted, status] of cases) {
    it(what, async () => {
      assert.equal(await notify(wanted), status);
      const row = what.split(":")[0] ?? "";
      assert.ok(receiver.notifications[0]?.violations.some((line) => line.startsWith(row)));
    });
  }
});

describe("subscribing", () => {
  it("finds the advertised topic and posts what the backport asks for (rows 68, 73, 76)", async () => {
    const posted: string[] = [];
    const backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";
    const topic = { url: `${backport}/capabilitystatement-subscriptiontopic-canonical`, valueCanonical: "https://a/t" };
    const server = createServer((req, res) => {
      if (req.method === "GET") {
        res.end(JSON.stringify({ rest: [{ resource: [{ type: "Subscription", extension: [topic] }] }] }));
        return;
      }
      req.on("data", (bytes: Buffer) => posted.push(bytes.toString()));
      req.on("end", () => res.writeHead(201, { location: "https://a/fhir/Subscription/s9/_history/1" }).end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address() as AddressInfo;
    const made = await subscribe({ fhirBaseUrl: `http://127.0.0.1:${address.port}`, token: "t", receiver });
    server.close();
    assert.deepEqual(made, { id: "s9", topic: "https://a/t" });
    const sent: Record<string, unknown> = JSON.parse(posted.join(""));
    assert.equal(sent["criteria"], "https://a/t");
    assert.equal(sent["status"], "requested");
    assert.match(JSON.stringify(sent["channel"]), /backport-payload-content.*id-only/u);
  });
});
