/** Every kind of destination through the shared suite, and what each promises of its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { focusOf } from "../../src/core/notification/focus.ts";
import { restHookDestination } from "../../src/delivery/destinations/fhir-rest-hook/rest-hook.ts";
import { webhookDestination } from "../../src/delivery/destinations/webhook/webhook.ts";
import type { Endpoint, WebhookSettings } from "../../src/delivery/endpoint.ts";
import { secret, testSealer } from "../support/delivery.ts";
import { delivery, destinationSuite } from "./destination-suite.ts";

const transport = {
  ordering: "none",
  concurrency: 1,
  ratePerSecond: 50,
  timeoutMs: 300,
  retry: { preset: "short" },
  breaker: { failures: 5, openMs: 60_000 },
  retryAfterCeilingMs: 14_400_000,
  disableAfterMs: 0,
  orderingMaxWaitMs: 3_600_000,
} as const;
const headers = { "X-Hospital": "general" };

const webhook = (url: string, changes: Partial<WebhookSettings> = {}, secrets = [secret]): Endpoint => ({
  tenant: "general",
  id: "his",
  settings: {
    kind: "webhook",
    url,
    ...transport,
    events: ["*"],
    filter: {},
    payload: "thin",
    signature: "standard",
    asymmetric: false,
    ...changes,
  },
  secrets: { signing: secrets.map((value) => ({ value })), headers },
});
const webhooks = () =>
  webhookDestination({
    sealer: testSealer,
    summaryText: async () => undefined,
    changedValues: async () => undefined,
    authorize: async () => ({ kind: "unauthorized" }),
  });

destinationSuite({
  name: "webhook",
  contentType: "application/cloudevents+json",
  destination: webhooks,
  endpoint: (url) => webhook(url),
  headers,
});

const restHooks = (topicUrl: () => string | undefined = () => "https://adapter.example/topics/summary-signed") =>
  restHookDestination({
    topicUrl,
    focusOf: (event) => focusOf(event, "https://adapter.example/fhir"),
    resourceOf: async () => undefined,
    mayBeTold: (_tenant, { owner }) => owner !== "gone",
    sealer: testSealer,
  });
const restHook = (url: string): Endpoint => ({
  tenant: "general",
  id: "s1",
  settings: {
    kind: "fhir-rest-hook",
    url,
    ...transport,
    subscription: "https://adapter.example/fhir/Subscription/s1",
    topic: "summary-signed",
    content: "id-only",
    contentType: "application/fhir+json",
    filter: {},
  },
  secrets: { signing: [], headers },
});

destinationSuite({
  name: "fhir-rest-hook",
  contentType: "application/fhir+json",
  destination: () => restHooks(),
  endpoint: restHook,
  headers,
});

describe("webhook", () => {
  const prepare = async (endpoint: Endpoint, nowMs = Date.now()) => {
    const prepared = await webhooks().prepare(delivery, endpoint, nowMs);
    assert.ok(prepared.kind === "ready");
    return prepared.request;
  };

  test("an endpoint's own header cannot replace what signs or types the request", async () => {
    const endpoint = webhook("https://hospital.example/in");
    const request = await prepare({
      ...endpoint,
      secrets: { ...endpoint.secrets, headers: { "content-type": "text/plain", "webhook-id": "forged" } },
    });
    assert.equal(request.headers["content-type"], "application/cloudevents+json");
    assert.equal(request.headers["webhook-id"], delivery.event.id);
  });

  test("in a rotation both secrets verify; after its end the old one signs no more", async () => {
    const old = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;
    const nowMs = Date.now();
    const endpoint = webhook("https://hospital.example/in");
    const rotating = {
      ...endpoint,
      secrets: { headers: {}, signing: [{ value: secret }, { value: old, validUntilMs: nowMs + 1000 }] },
    };
    const during = await prepare(rotating, nowMs);
    for (const each of [secret, old]) assert.ok(new Webhook(each).verify(Buffer.from(during.body), during.headers));
    const later = await prepare(rotating, nowMs + 1001);
    assert.throws(() => new Webhook(old).verify(Buffer.from(later.body), later.headers));
  });

  test("without a valid secret nothing is sent: it is held", async () => {
    const prepared = await webhooks().prepare(delivery, webhook("https://hospital.example/in", {}, []), 0);
    assert.deepEqual(prepared, { kind: "held", code: "no_valid_secret" });
  });
});

describe("fhir-rest-hook", () => {
  test("of a topic that is no longer offered is held", async () => {
    const prepared = await restHooks(() => undefined).prepare(delivery, restHook("https://hospital.example/in"), 0);
    assert.deepEqual(prepared, { kind: "held", code: "topic_gone" });
  });

  test("of somebody who may be told no more is held, though the Subscription still says active", async () => {
    const endpoint = restHook("https://hospital.example/in");
    assert.ok(endpoint.settings.kind === "fhir-rest-hook");
    const gone: Endpoint = { ...endpoint, settings: { ...endpoint.settings, owner: "gone" } };
    assert.deepEqual(await restHooks().prepare(delivery, gone, 0), { kind: "held", code: "owner_not_entitled" });
  });
});
