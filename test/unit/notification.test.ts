/** The FHIR artifacts and what is built by their rules: every file of fhir-profiles is used, every example is what we make. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { focusOf } from "../../src/core/notification/focus.ts";
import { derivedUuid, notificationIds } from "../../src/core/notification/ids.ts";
import type { NotificationInput } from "../../src/core/notification/notification.ts";
import { notificationBundle, statusSearchset } from "../../src/core/notification/notification.ts";
import { channelKinds } from "../../src/core/notification/channel.ts";
import type { SubscriptionOffer } from "../../src/core/notification/subscription-request.ts";
import { readSubscription } from "../../src/core/notification/subscription-request.ts";
import { findTopic, subscriptionTopic } from "../../src/core/notification/topic.ts";
import { publicEventTypes } from "../../src/core/event/event.ts";
import { loadArtifacts } from "../../src/subscriptions/artifacts.ts";
import { r4Problems } from "../support/fhir-validators.ts";
import { profileExamples } from "../support/profile-examples.ts";

const folder = join(import.meta.dirname, "..", "..", "fhir-profiles");
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), "utf8"));
const address = "https://adapter.example";
const artifacts = loadArtifacts(address);
const fhirBase = `${address}/fhir`;

const event = {
  id: "evt_0196f0c27b1e7cc0b7a52f2f8d7c0001",
  tenant: "general",
  job: "0196f0c2-7b1e-7cc0-b7a5-2f2f8d7c0001",
  sequence: 9,
  type: "summary.signed",
  time: "2026-11-21T10:00:00.000Z",
  source: `${address}/tenants/general`,
  data: {},
} as const;

const notification: NotificationInput = {
  type: "event-notification",
  subscription: {
    url: `${fhirBase}/Subscription/example`,
    topic: `${address}/topics/summary-signed`,
    status: "active",
    eventsSinceStart: 3,
  },
  content: "id-only",
  events: [{ number: 3, time: event.time, focus: focusOf(event, fhirBase) }],
  ids: notificationIds(`${fhirBase}/Subscription/example`, event.id),
  timestamp: event.time,
};

/** What makes each example; a file without an entry here is decoration, and fails. */
const examples: Record<string, () => unknown> = {
  "examples/notification-id-only.json": () => notificationBundle(notification),
  "examples/notification-handshake.json": () =>
    notificationBundle({
      ...notification,
      type: "handshake",
      subscription: { ...notification.subscription, status: "requested", eventsSinceStart: 0 },
      events: [],
      ids: notificationIds(`${fhirBase}/Subscription/example`, "handshake"),
    }),
  "examples/status.json": () =>
    statusSearchset(derivedUuid("status"), event.time, [
      {
        id: derivedUuid("status of example"),
        state: { ...notification.subscription, status: "error", error: "timeout" },
      },
    ]),
};

const offer: SubscriptionOffer = {
  topics: artifacts.topics,
  channels: channelKinds,
  refuseUrl: () => undefined,
  refuseAddress: () => undefined,
  filterContext: { ehrBase: "https://ehr.example/fhir", documentType: { system: "http://loinc.org", code: "18842-5" } },
};

describe("fhir-profiles", () => {
  test("every file is loaded, made or read by the program", () => {
    const files = globSync(["{topics,examples}/*.json", "OperationDefinition-*.json"], { cwd: folder }).toSorted();
    const topics = artifacts.topics.map(({ name }) => `topics/${name}.json`);
    const operations = [...artifacts.operations.keys()].map((id) => `OperationDefinition-${id}.json`);
    const ours = ["examples/subscription.json", ...Object.keys(profileExamples).map((file) => `examples/${file}`)];
    const used = [...ours, ...topics, ...operations, ...Object.keys(examples)];
    assert.deepEqual(files, used.toSorted());
  });

  for (const [file, make] of Object.entries(examples)) {
    test(`${file} is what the program sends today, and valid R4`, () => {
      assert.deepEqual(read(file), JSON.parse(JSON.stringify(make())));
      assert.deepEqual(r4Problems(read(file) as object), []);
    });
  }

  test("examples/subscription.json is accepted, and valid R4", () => {
    const example = read("examples/subscription.json") as object;
    assert.deepEqual(r4Problems(example), []);
    const request = readSubscription(example, offer, 0);
    assert.deepEqual(
      [request.topic.name, request.content, request.heartbeatSeconds, request.timeoutSeconds],
      ["summary-signed", "id-only", 3600, 10],
    );
    assert.deepEqual(request.headers, { Authorization: "Bearer secret-of-the-engine" });
    assert.ok(!JSON.stringify(request.resource).includes("secret"), "headers are kept apart, to be sealed");
  });

  test("topics name event types that exist, and every one is offered by the CapabilityStatement", () => {
    for (const topic of artifacts.topics)
      for (const type of topic.eventTypes) assert.ok(publicEventTypes.includes(type));
    const text = JSON.stringify(artifacts.capabilityStatement);
    for (const { url } of artifacts.topics) assert.ok(text.includes(url));
  });

  test("an artifact that says more than the program understands stops the start", () => {
    const topic = read("topics/job-failed.json") as object;
    assert.ok(subscriptionTopic.safeParse(topic).success);
    assert.ok(!subscriptionTopic.safeParse({ ...topic, resourceTrigger: [] }).success);
    assert.ok(!subscriptionTopic.safeParse({ ...topic, eventTrigger: [] }).success);
  });

  test("the address is the installation's own, in every artifact", () => {
    const own = loadArtifacts("https://notes.hospital.example/adapter");
    assert.ok(!JSON.stringify([own.capabilityStatement, [...own.topicResources]]).includes(address));
  });
});

describe("notification", () => {
  const names = (input: NotificationInput) => JSON.stringify(notificationBundle(input));

  test("the same event gives the same bytes; another event, or another subscription, gives other ids", () => {
    assert.equal(names(notification), names({ ...notification }));
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const [one, two] = [notificationIds("s", a), notificationIds("s", b)];
        assert.equal(one.bundle === two.bundle, a === b);
        assert.match(one.bundle, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
        assert.notEqual(one.bundle, one.status);
      }),
    );
  });

  test("row 38: an empty one names no job anywhere", () => {
    assert.ok(!names({ ...notification, content: "empty" }).includes(event.job));
    assert.equal(notificationBundle({ ...notification, content: "empty" }).entry?.length, 1);
  });

  test("each event of an id-only one has its entry, in order, without a resource", () => {
    const events = [1, 2, 3].map((number) => ({
      number,
      time: event.time,
      focus: focusOf({ ...event, job: `j${number}` }, fhirBase),
    }));
    const { entry = [] } = notificationBundle({ ...notification, events });
    assert.deepEqual(
      entry.slice(1).map(({ fullUrl, resource }) => [fullUrl, resource]),
      [1, 2, 3].map((n) => [`${fhirBase}/DocumentReference/j${n}`, undefined]),
    );
  });

  test("the focus of a task's event is the Task; a document comes into being with its signature", () => {
    assert.deepEqual(focusOf({ ...event, type: "task.failed" }, fhirBase).type, "Task");
    assert.equal(focusOf(event, fhirBase).interaction, "create");
    assert.equal(focusOf({ ...event, type: "summary.amended" }, fhirBase).interaction, "update");
  });

  test("a topic is found by its canonical, with or without its version, and by nothing else", () => {
    const [topic] = artifacts.topics;
    assert.ok(topic);
    assert.equal(findTopic(artifacts.topics, topic.url), topic);
    assert.equal(findTopic(artifacts.topics, `${topic.url}|${topic.version}`), topic);
    for (const other of [`${topic.url}|9.9.9`, topic.name, "", "__proto__"])
      assert.equal(findTopic(artifacts.topics, other), undefined);
  });
});
