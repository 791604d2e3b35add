/**
 * Topic-based subscriptions in R4, by row of the backport's requirements (1.1.0): what a client may ask for, the handshake,
 * what notifications hold, and how state is told. The receiving side is the sandbox's, which checks what comes by the same rows.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type {
  Bundle,
  CapabilityStatement,
  OperationOutcome,
  Parameters as StatusParameters,
  Subscription,
} from "fhir/r4.js";
import request from "supertest";
import { subscribe } from "../../sandbox/receiver/subscribe.ts";
import type { SubscriptionReceiver } from "../../sandbox/receiver/subscription-receiver.ts";
import { createSubscriptionReceiver } from "../../sandbox/receiver/subscription-receiver.ts";
import type { Database } from "../../src/db/database.ts";
import { addEvent } from "../support/delivery.ts";
import { aJob } from "../support/memory-log.ts";
import { r4Problems } from "../support/fhir-validators.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { SubscriptionServer } from "../support/subscriptions.ts";
import { publicUrl, startSubscriptionServer } from "../support/subscriptions.ts";
import { eventually } from "../support/eventually.ts";

const backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";
const topic = (name: string): string => `${publicUrl}/topics/${name}`;
let db: TestDatabase;
let database: Database;
let server: SubscriptionServer;
let listening: Server;
let base: string;
let receiver: SubscriptionReceiver;
let tenant: string;
const receivers: SubscriptionReceiver[] = [];
let number = 0;

before(async () => {
  db = await createTestDatabase();
  database = db.open();
  server = startSubscriptionServer(database);
  listening = createServer(server.app).listen(0, "127.0.0.1");
  await new Promise((resolve) => listening.once("listening", resolve));
  base = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/fhir`;
});
after(async () => {
  listening.close();
  listening.closeAllConnections();
  await server.stop();
  for (const one of receivers) await one.close();
  await db.drop();
});

/** A tenant and a receiver of its own for each test. */
async function setUp(options: Parameters<typeof createSubscriptionReceiver>[0] = {}): Promise<void> {
  tenant = `t${(number += 1)}`;
  receiver = await createSubscriptionReceiver(options);
  receivers.push(receiver);
}

const token = (client = "his"): string => `${tenant}:${client}`;
const auth = (client?: string): Record<string, string> => ({
  authorization: `Bearer ${token(client)}`,
  "content-type": "application/fhir+json",
});
const call = () => request(server.app);

/** Subscribes and waits for the handshake's end. */
async function subscribed(name = "summary-signed", extra: { heartbeatSeconds?: number } = {}): Promise<string> {
  const { id } = await subscribe({ fhirBaseUrl: base, token: token(), receiver, topic: topic(name), ...extra });
  await statusIs(id, "active");
  return id;
}

async function read(id: string): Promise<Subscription> {
  return (await call().get(`/fhir/Subscription/${id}`).set(auth()).expect(200)).body as Subscription;
}
const statusIs = (id: string, status: string) =>
  eventually(async () => (await read(id)).status === status, `status ${status}`, 10_000);

async function statusOf(id: string): Promise<Record<string, unknown>> {
  const bundle = (await call().get(`/fhir/Subscription/${id}/$status`).set(auth()).expect(200)).body as Bundle;
  assert.deepEqual(r4Problems(bundle), []);
  const parameters = bundle.entry?.[0]?.resource as StatusParameters;
  return Object.fromEntries((parameters.parameter ?? []).map(({ name, ...value }) => [name, Object.values(value)[0]]));
}

/** A good resource, changed by the test. */
function resource(change: (resource: Subscription) => void = () => undefined): Subscription {
  const made: Subscription = {
    resourceType: "Subscription",
    status: "requested",
    reason: "Signed discharge summaries",
    criteria: topic("summary-signed"),
    channel: {
      type: "rest-hook",
      endpoint: receiver.endpointUrl(),
      payload: "application/fhir+json",
      _payload: { extension: [{ url: `${backport}/backport-payload-content`, valueCode: receiver.payload }] },
      header: [`${receiver.header.name}: ${receiver.header.value}`],
    },
  };
  change(made);
  return made;
}

/** With these filter expressions. */
function filtered(made: Subscription, ...expressions: readonly string[]): void {
  made._criteria = {
    extension: expressions.map((valueString) => ({ url: `${backport}/backport-filter-criteria`, valueString })),
  };
}

describe("what is offered", () => {
  before(() => setUp());

  test("JSON is offered and nothing else: 406 for what is not, by Accept or _format", async () => {
    for (const accept of [
      "application/fhir+json",
      "application/json",
      "*/*",
      "application/fhir+xml;q=0.5, application/*",
    ])
      await call().get("/fhir/metadata").set("accept", accept).expect(200);
    for (const accept of ["application/fhir+xml", "text/html"])
      await call().get("/fhir/metadata").set("accept", accept).expect(406);
    await call().get("/fhir/metadata?_format=json").set("accept", "text/html").expect(200);
    await call().get("/fhir/metadata?_format=application/fhir%2Bjson").expect(200);
    await call().get("/fhir/metadata?_format=xml").expect(406);
  });

  test("the CapabilityStatement names profile, topics, operations and what it instantiates, and is valid R4 [subscriptions 2, 48-54, 57, 58, 114, 120-122]", async () => {
    const { body } = await call()
      .get("/fhir/metadata")
      .expect(200)
      .expect("content-type", /application\/fhir\+json/u);
    assert.deepEqual(r4Problems(body as object), []);
    const entry = (body as CapabilityStatement).rest?.[0]?.resource?.find(({ type }) => type === "Subscription");
    const topics = entry?.extension?.map(({ url, valueCanonical }) => [url, valueCanonical]);
    const advertised = `${backport}/capabilitystatement-subscriptiontopic-canonical`;
    assert.deepEqual(
      topics,
      ["summary-signed", "summary-amended", "summary-retracted", "job-completed", "job-failed"].map((name) => [
        advertised,
        topic(name),
      ]),
    );
    assert.deepEqual(entry?.supportedProfile, [`${backport}/backport-subscription`]);
    assert.deepEqual(
      entry?.operation?.map(({ name }) => name),
      ["status", "get-ws-binding-token", "events"],
    );
    assert.match(
      (body as CapabilityStatement).instantiates?.join() ?? "",
      /CapabilityStatement\/backport-subscription-server-r4$/u,
    );
    assert.ok(!JSON.stringify(body).includes("adapter.example"), "the address is this installation's own");
  });

  test("each topic is served as R5 SubscriptionTopic at its canonical address; an unknown one is 404", async () => {
    for (const name of ["summary-signed", "summary-amended", "summary-retracted", "job-completed", "job-failed"]) {
      const { body, headers } = await call().get(`/topics/${name}`).expect(200);
      assert.deepEqual([body.resourceType, body.url, body.status], ["SubscriptionTopic", topic(name), "active"]);
      assert.match(String(headers["content-type"]), /fhirVersion=5\.0/u);
    }
    await call().get("/topics/nothing").expect(404);
  });

  test("each topic says what it can be filtered by, and takes just that [subscriptions 135]", async () => {
    await setUp();
    const values: Record<string, string> = { patient: "Patient/1", encounter: "Encounter/1", type: "18842-5" };
    for (const name of ["summary-signed", "job-completed"]) {
      const { body } = await call().get(`/topics/${name}`).expect(200);
      const { canFilterBy } = body as { canFilterBy: { resource: string; filterParameter: string }[] };
      const offered = canFilterBy.map(({ filterParameter }) => filterParameter);
      assert.deepEqual(offered, name === "job-completed" ? ["patient", "encounter"] : ["patient", "encounter", "type"]);
      for (const parameter of Object.keys(values)) {
        const made = resource((one) => {
          one.criteria = topic(name);
          filtered(one, `${parameter}=${values[parameter] ?? ""}`);
        });
        const answer = await call().post("/fhir/Subscription").set(auth()).send(made);
        assert.equal(answer.status, offered.includes(parameter) ? 201 : 400, `${name} by ${parameter}`);
      }
    }
  });
});

describe("a Subscription", () => {
  before(() => setUp());

  test("is `requested` when made, with Location and ETag, and comes back as valid R4 [subscriptions 19, 29, 72-74, 124, 125, 133, 134, 137]", async () => {
    await setUp();
    const { body, headers } = await call().post("/fhir/Subscription").set(auth()).send(resource()).expect(201);
    assert.equal(body.status, "requested");
    assert.equal(headers["location"], `${publicUrl}/fhir/Subscription/${body.id}`);
    assert.equal(headers["etag"], 'W/"1"');
    assert.deepEqual(r4Problems(body as object), []);
    assert.deepEqual((await read(body.id)).channel.header, resource().channel.header);
    assert.ok(server.audited.some((entry) => entry.tenant === tenant && entry.action === "subscription.change"));
  });

  test("a handshake that is taken makes it active [subscriptions 20, 28, 30, 138, 139]", async () => {
    await setUp();
    const id = await subscribed();
    const [handshake] = receiver.notifications;
    assert.deepEqual(
      [handshake?.content?.type, handshake?.content?.eventsSinceStart, handshake?.violations],
      ["handshake", 0, []],
    );
    assert.equal(handshake?.content?.subscription, `${publicUrl}/fhir/Subscription/${id}`);
    assert.deepEqual(r4Problems(JSON.parse(handshake?.body ?? "") as object), []);
  });

  test("one that is refused makes it `error`; asking anew by PUT repeats it [subscriptions 21, 31, 126]", async () => {
    await setUp();
    receiver.failNext(500);
    const { id } = await subscribe({ fhirBaseUrl: base, token: token(), receiver, topic: topic("summary-signed") });
    await statusIs(id, "error");
    const failed = await read(id);
    assert.equal(failed.error, "http_500");
    await call()
      .put(`/fhir/Subscription/${id}`)
      .set(auth())
      .send({ ...resource(), id })
      .expect(200);
    await statusIs(id, "active");
    assert.equal((await read(id)).error, undefined);
  });

  test("belongs to the client that made it: another one, or another tenant, does not find it", async () => {
    await setUp();
    const id = await subscribed();
    for (const other of [`Bearer ${tenant}:another`, "Bearer elsewhere:his"]) {
      for (const path of [`/fhir/Subscription/${id}`, `/fhir/Subscription/${id}/$status`]) {
        await call().get(path).set("authorization", other).expect(404);
      }
      await call().delete(`/fhir/Subscription/${id}`).set("authorization", other).expect(404);
      const { body } = await call().get("/fhir/Subscription").set("authorization", other).expect(200);
      assert.equal(body.total, 0);
    }
  });

  test("made or changed with Prefer: return=minimal comes back as headers alone", async () => {
    await setUp();
    const minimal = { ...auth(), prefer: "return=minimal" };
    const made = await call().post("/fhir/Subscription").set(minimal).send(resource()).expect(201);
    assert.deepEqual([made.text, made.headers["etag"]], ["", 'W/"1"']);
    const id = (made.headers["location"] ?? "").split("/").at(-1) ?? "";
    await statusIs(id, "active");
    const changed = await call().put(`/fhir/Subscription/${id}`).set(minimal).send(resource()).expect(200);
    assert.equal(changed.text, "");
    await call()
      .delete(`/fhir/Subscription/${id}`)
      .set({ ...auth(), "if-match": 'W/"1"' })
      .expect(412);
    await call().delete(`/fhir/Subscription/${id}`).set(auth()).expect(204);
  });

  test("with SMART scopes needs those of Subscription, and to read what it is told of", async () => {
    await setUp();
    const as = (scopes: string) => ({ ...auth(), authorization: `Bearer ${tenant}:his:${scopes}` });
    const make = (scopes: string) => call().post("/fhir/Subscription").set(as(scopes)).send(resource());
    await make("system/Subscription.c").expect(403);
    await make("system/Subscription.c system/Task.r").expect(403);
    await make("system/Subscription.c system/DocumentReference.r?patient=Patient/1").expect(403);
    await make("system/Subscription.rs system/DocumentReference.r").expect(403);
    const { body } = await make("system/Subscription.cu system/DocumentReference.r").expect(201);
    const at = `/fhir/Subscription/${body.id}`;
    await call().get(at).set(as("system/Subscription.s")).expect(403);
    await call().get(at).set(as("system/Subscription.r")).expect(200);
    await call().get(`${at}/$status`).set(as("system/Subscription.s")).expect(403);
    await call().get("/fhir/Subscription").set(as("system/Subscription.s")).expect(200);
    await call().delete(at).set(as("system/Subscription.cru")).expect(403);
  });

  test("needs the scope fhir, and a caller", async () => {
    await setUp();
    await call()
      .post("/fhir/Subscription")
      .set({ ...auth(), authorization: `Bearer ${tenant}:his:noscope` })
      .send(resource())
      .expect(403);
    const { body } = await call().get("/fhir/Subscription").expect(401);
    assert.equal((body as OperationOutcome).issue[0]?.code, "security");
  });

  test("is found by url and by status, derived status included [subscriptions 128-130]", async () => {
    await setUp();
    const id = await subscribed();
    const search = async (query: string) =>
      (await call().get(`/fhir/Subscription?${query}`).set(auth()).expect(200)).body as Bundle;
    for (const query of [
      `url=${encodeURIComponent(receiver.endpointUrl())}`,
      "status=active",
      "status=off,active",
      `_id=${id}`,
      `criteria=${topic("summary-signed")}`,
    ]) {
      const bundle = await search(query);
      assert.equal(bundle.total, 1, query);
      assert.deepEqual(r4Problems(bundle), []);
    }
    for (const query of ["url=https://elsewhere.example", "status=error", "_id=x"])
      assert.equal((await search(query)).total, 0, query);
    await call().get("/fhir/Subscription?status=nonsense").set(auth()).expect(400);
    assert.equal((await search("_include=*&_format=json")).total, 1, "unknown parameters are passed over");
    await call()
      .get("/fhir/Subscription?colour=red")
      .set({ ...auth(), prefer: "handling=strict" })
      .expect(400);
  });

  test("a stale If-Match is 412, a fresh one is taken; the topic cannot be changed", async () => {
    await setUp();
    const id = await subscribed();
    const { meta } = await read(id);
    const put = (body: object, match: string) =>
      call()
        .put(`/fhir/Subscription/${id}`)
        .set({ ...auth(), "if-match": match })
        .send(body);
    await put(resource(), 'W/"999"').expect(412);
    await put(
      resource((made) => (made.criteria = topic("job-failed"))),
      `W/"${meta?.versionId}"`,
    ).expect(400);
    await put(resource(), `W/"${meta?.versionId}"`).expect(200);
  });

  test("`off` and DELETE end it: no event is sent or counted any more [subscriptions 127]", async () => {
    await setUp();
    const id = await subscribed();
    await call()
      .put(`/fhir/Subscription/${id}`)
      .set(auth())
      .send(resource((made) => (made.status = "off")))
      .expect(200);
    await addEvent(db, { tenant, job: "j1" });
    server.delivery.wake();
    await eventually(
      async () =>
        (
          await db.asOwner(
            "select 1 from handover.reader_cursor c where position >= (select max(pos) from handover.event)",
          )
        ).length > 0,
      "the fan-out has passed",
    );
    assert.equal((await statusOf(id))["events-since-subscription-start"], "0");
    await call().delete(`/fhir/Subscription/${id}`).set(auth()).expect(204);
    await call().get(`/fhir/Subscription/${id}`).set(auth()).expect(404);
    assert.deepEqual(
      receiver.notifications.map(({ content }) => content?.type),
      ["handshake"],
    );
  });

  test("its `end` is kept", async () => {
    await setUp();
    const end = new Date(Date.now() + 3_600_000).toISOString();
    const { body } = await call()
      .post("/fhir/Subscription")
      .set(auth())
      .send(resource((made) => (made.end = end)))
      .expect(201);
    await statusIs(body.id, "active");
    server.advance(3_600_001);
    await db.asOwner("update handover.subscription set check_at = now() where tenant = $1", [tenant]);
    await statusIs(body.id, "off");
    server.advance(-3_600_001);
  });

  test("a client has a hundred of them at most", async () => {
    await setUp();
    await db.asOwner(
      "insert into handover.endpoint (tenant, id, kind, origin, settings) select $1, 'x' || n, 'fhir-rest-hook', 'subscription', '{}' from generate_series(1, 100) n",
      [tenant],
    );
    await db.asOwner(
      "insert into handover.subscription (tenant, id, client, status, topic, resource) select $1, 'x' || n, 'his', 'off', 'job-failed', '{}' from generate_series(1, 100) n",
      [tenant],
    );
    await call().post("/fhir/Subscription").set(auth()).send(resource()).expect(429);
  });
});

describe("what is refused, by name", () => {
  before(() => setUp());
  const filterAt = "criteria.extension(backport-filter-criteria)";
  const payload = (code: string) => ({ extension: [{ url: `${backport}/backport-payload-content`, valueCode: code }] });
  const cases: [string, string, (made: Subscription) => void][] = [
    [
      "row 75: a topic that is not offered",
      "criteria",
      (made) => (made.criteria = "https://elsewhere.example/topics/x"),
    ],
    ["row 75: a classic search criteria", "criteria", (made) => (made.criteria = "Observation?code=1234-5")],
    ["row 63: a filter that the topic has not", filterAt, (made) => filtered(made, "DocumentReference?author=x")],
    ["row 63: a filter on another resource", filterAt, (made) => filtered(made, "Patient?patient=1")],
    [
      "row 63: a filter with a modifier",
      filterAt,
      (made) => filtered(made, "DocumentReference?patient:identifier=x|1"),
    ],
    ["a filter by a comparison", filterAt, (made) => filtered(made, "DocumentReference?patient=ge1/2")],
    ["a filter without a condition", filterAt, (made) => filtered(made, "")],
    ["filters that contradict each other", filterAt, (made) => filtered(made, "patient=1", "patient=2")],
    ["a type of document that is not written here", filterAt, (made) => filtered(made, "type=11488-4")],
    ["row 60: another channel", "channel.type", (made) => (made.channel.type = "sms")],
    [
      "row 60: a custom channel",
      "channel.type",
      (made) =>
        (made.channel._type = {
          extension: [{ url: `${backport}/backport-channel-type`, valueCoding: { code: "zulip" } }],
        }),
    ],
    [
      "row 66: a content that does not exist",
      "channel.payload.extension(backport-payload-content)",
      (made) => (made.channel._payload = payload("everything")),
    ],
    ["no content level", "channel.payload.extension(backport-payload-content)", (made) => delete made.channel._payload],
    ["XML", "channel.payload", (made) => (made.channel.payload = "application/fhir+xml")],
    [
      "row 90: another FHIR version",
      "channel.payload",
      (made) => (made.channel.payload = "application/fhir+json; fhirVersion=5.0"),
    ],
    ["an internal endpoint", "channel.endpoint", (made) => (made.channel.endpoint = "http://169.254.169.254/latest")],
    ["a private endpoint", "channel.endpoint", (made) => (made.channel.endpoint = "https://[::ffff:10.0.0.1]/x")],
    ["our own address", "channel.endpoint", (made) => (made.channel.endpoint = `${publicUrl}/fhir`)],
    ["another scheme", "channel.endpoint", (made) => (made.channel.endpoint = "ftp://hospital.example/x")],
    ["a header with a line break", "channel.header", (made) => (made.channel.header = ["Authorization: a\r\nHost: b"])],
    ["a framing header", "channel.header", (made) => (made.channel.header = ["Content-Length: 1"])],
    ["a header of ours", "channel.header", (made) => (made.channel.header = ["webhook-signature: v1,x"])],
    ["a header given twice", "channel.header", (made) => (made.channel.header = ["X-A: 1", "x-a: 2"])],
    ["no reason", "reason", (made) => Reflect.deleteProperty(made, "reason")],
    ["an end in the past", "end", (made) => (made.end = "2020-01-01T00:00:00Z")],
    ["status off at the start", "status", (made) => (made.status = "off")],
    ["another resource", "resourceType", (made) => Object.assign(made, { resourceType: "Patient" })],
  ];
  for (const [name, at, change] of cases) {
    test(`${name} -> 400 at Subscription.${at}`, async () => {
      const { body } = await call().post("/fhir/Subscription").set(auth()).send(resource(change)).expect(400);
      const [issue] = (body as OperationOutcome).issue;
      assert.deepEqual(issue?.expression, [`Subscription.${at}`]);
      assert.deepEqual(r4Problems(body as object), []);
    });
  }

  test("what is not offered is refused by name, and nothing is made of it [subscriptions 8-13, 22, 36, 59, 60, 63, 66, 75, 90, 135]", async () => {
    const wanted = /^row (?:60|63|66|75|90):/u;
    const rows = cases.filter(([name]) => wanted.test(name));
    assert.equal(rows.length, 9);
    for (const [, , change] of rows)
      await call().post("/fhir/Subscription").set(auth()).send(resource(change)).expect(400);
    const { body } = await call().get("/fhir/Subscription").set(auth()).expect(200);
    assert.equal((body as Bundle).entry, undefined);
    const counted = await call().get("/fhir/Subscription?_summary=count&_sort=url").set(auth()).expect(200);
    assert.deepEqual([counted.body.total, counted.body.entry], [0, undefined]);
    assert.match(counted.body.link[0].url, /\/Subscription\?_summary=count$/u);
  });

  test("XML bodies are 415: there is no XML parser to attack", async () => {
    await call()
      .post("/fhir/Subscription")
      .set({ ...auth(), "content-type": "application/fhir+xml" })
      .send("<a/>")
      .expect(415);
  });
  test("a body that is too large is 413", async () => {
    await call()
      .post("/fhir/Subscription")
      .set(auth())
      .send({ resourceType: "Subscription", reason: "x".repeat(70_000) })
      .expect(413);
  });
  test("other methods are 405 with Allow", async () => {
    const { headers } = await call().patch("/fhir/Subscription/x").set(auth()).expect(405);
    assert.equal(headers["allow"], "DELETE, GET, HEAD, PUT");
  });
});

describe("notifications", () => {
  before(() => setUp());

  test("id-only, numbered from 1, counted by events [subscriptions 7, 14, 15, 25-27, 33, 40-42, 65, 67, 69, 70, 98, 100, 102, 103, 113, 131]", async () => {
    await setUp();
    const id = await subscribed();
    await addEvent(db, { tenant, job: "j1", type: "task.completed" });
    await addEvent(db, { tenant, job: "j1", type: "summary.signed" });
    await addEvent(db, { tenant, job: "j1", type: "summary.amended" });
    server.delivery.wake();
    const sound = () => receiver.notifications.filter(({ content }) => content?.type === "event-notification");
    await eventually(() => sound().length === 2, "two notifications", 10_000);
    assert.deepEqual(
      sound().map(({ violations, status }) => [violations, status]),
      [
        [[], 200],
        [[], 200],
      ],
    );
    assert.deepEqual(
      sound().map(({ content }) => [content?.eventsSinceStart, content?.events.map((event) => event.number)]),
      [
        [1, [1]],
        [2, [2]],
      ],
    );
    assert.equal(sound()[0]?.content?.events[0]?.focus, `${publicUrl}/fhir/DocumentReference/j1`);
    assert.deepEqual(receiver.missingEvents(), []);
    for (const { body } of sound()) assert.deepEqual(r4Problems(JSON.parse(body) as object), []);
    const status = await statusOf(id);
    assert.deepEqual(
      [status["type"], status["status"], status["events-since-subscription-start"], status["topic"]],
      ["query-status", "active", "2", topic("summary-signed")],
    );
  });

  test("empty tells that something happened, and nothing of what [subscriptions 35, 38, 39, 99]", async () => {
    await setUp({ payload: "empty" });
    await subscribed("job-failed");
    await addEvent(db, { tenant, job: "j1", type: "task.failed" });
    server.delivery.wake();
    const notification = await receiver.untilReceived("event-notification", 10_000);
    assert.deepEqual(notification.violations, []);
    assert.ok(!notification.body.includes("j1"));
    assert.equal(notification.content?.topic, undefined);
  });

  test("a notification that is refused comes again, the same to the byte [subscriptions 16]", async () => {
    await setUp();
    await subscribed();
    receiver.failNext(503);
    await addEvent(db, { tenant, job: "j1" });
    server.delivery.wake();
    await eventually(
      () => receiver.notifications.filter(({ content }) => content?.type === "event-notification").length === 2,
      "a second try",
      10_000,
    );
    const [first, second] = receiver.notifications.slice(1);
    assert.deepEqual([first?.status, second?.status], [503, 200]);
    assert.equal(first?.body, second?.body);
  });

  test("when its receiver is gone it goes to `error` and counts on; asking anew brings what was held [subscriptions 77-79]", async () => {
    await setUp();
    const id = await subscribed();
    receiver.failNext(410);
    await addEvent(db, { tenant, job: "j1" });
    server.delivery.wake();
    await statusIs(id, "error");
    await addEvent(db, { tenant, job: "j2" });
    server.delivery.wake();
    await eventually(
      async () => (await statusOf(id))["events-since-subscription-start"] === "2",
      "the count goes on",
      10_000,
    );
    assert.equal((await statusOf(id))["status"], "error");
    const seen = receiver.notifications.length;
    await call().put(`/fhir/Subscription/${id}`).set(auth()).send(resource()).expect(200);
    await statusIs(id, "active");
    await eventually(
      () => receiver.notifications.some(({ status, content }) => status === 200 && content?.events[0]?.number === 2),
      "what was held",
      10_000,
    );
    assert.deepEqual(
      receiver.notifications.slice(seen).map(({ content }) => content?.type),
      ["handshake", "event-notification"],
    );
  });

  test("a heartbeat comes when nothing else did for the period, with the count and no event [subscriptions 92-94]", async () => {
    await setUp();
    await subscribed("summary-signed", { heartbeatSeconds: 1 });
    const beat = await receiver.untilReceived("heartbeat", 10_000);
    assert.deepEqual([beat.violations, beat.content?.events, beat.content?.eventsSinceStart], [[], [], 0]);
  });

  test("$status by ids and statuses, each one of these; none means all [subscriptions 47, 106-112]", async () => {
    await setUp();
    const [one, two] = [await subscribed(), await subscribed("job-failed")];
    const ask = async (query: string) =>
      (await call().get(`/fhir/Subscription/$status?${query}`).set(auth()).expect(200)).body as Bundle;
    assert.equal((await ask("")).entry?.length, 2);
    assert.equal((await ask(`id=${one}&id=${two}`)).entry?.length, 2);
    assert.equal((await ask(`id=${one},other`)).entry?.length, 1);
    assert.equal((await ask("status=error")).entry?.length, 0);
    assert.equal((await ask("")).type, "searchset");
    const body = { resourceType: "Parameters", parameter: [{ name: "id", valueId: two }] };
    const posted = await call().post("/fhir/Subscription/$status").set(auth()).send(body).expect(200);
    assert.equal((posted.body as Bundle).entry?.length, 1);
  });
});

describe("filters", () => {
  const told = (id: string) =>
    receiver.notifications.filter(
      ({ content }) =>
        content?.type === "event-notification" && content.subscription === `${publicUrl}/fhir/Subscription/${id}`,
    );
  const focusesOf = (id: string) => told(id).map(({ content }) => content?.events[0]?.focus?.split("/").at(-1));

  async function subscribedTo(...expressions: readonly string[]): Promise<string> {
    const made = resource((one) => filtered(one, ...expressions));
    const { body } = await call().post("/fhir/Subscription").set(auth()).send(made).expect(201);
    assert.deepEqual(r4Problems(body as object), []);
    await statusIs(body.id, "active");
    return body.id as string;
  }

  test("all must be met, and each value of one is enough; events that do not meet them are not counted [subscriptions 95, 136]", async () => {
    await setUp();
    const ofPatient = await subscribedTo("DocumentReference?patient=https://ehr.test/fhir/Patient/1");
    const ofStay = await subscribedTo(
      "DocumentReference?patient=1,2&encounter=Encounter/b",
      "type=http://loinc.org|18842-5",
    );
    const ofBoth = await subscribedTo("patient=Patient/1,Patient/2", "patient=2,3");
    const job = (name: string, patient: string, encounter: string) =>
      addEvent(db, { tenant, job: name, data: { patient: `Patient/${patient}`, encounter: `Encounter/${encounter}` } });
    await job("j1a", "1", "a");
    await job("j2b", "2", "b");
    await job("j3b", "3", "b");
    server.delivery.wake();
    await eventually(() => told(ofPatient).length + told(ofStay).length + told(ofBoth).length === 3, "three", 10_000);
    assert.deepEqual([focusesOf(ofPatient), focusesOf(ofStay), focusesOf(ofBoth)], [["j1a"], ["j2b"], ["j2b"]]);
    for (const id of [ofPatient, ofStay, ofBoth])
      assert.equal((await statusOf(id))["events-since-subscription-start"], "1");
  });

  test("are read back as written, and a change of them holds from then on", async () => {
    await setUp();
    const id = await subscribedTo("patient=1");
    assert.equal((await read(id))._criteria?.extension?.[0]?.valueString, "patient=1");
    const changed = resource((one) => filtered(one, "patient=2"));
    await call().put(`/fhir/Subscription/${id}`).set(auth()).send(changed).expect(200);
    await statusIs(id, "active");
    for (const patient of ["1", "2"])
      await addEvent(db, { tenant, job: `p${patient}`, data: { patient: `Patient/${patient}` } });
    server.delivery.wake();
    await eventually(() => told(id).length > 0, "the notification", 10_000);
    assert.deepEqual(focusesOf(id), ["p2"]);
  });
});

describe("e-mail", () => {
  const mailed = (change: (made: Subscription) => void = () => undefined): Subscription =>
    resource((made) => {
      const content = { extension: [{ url: `${backport}/backport-payload-content`, valueCode: "empty" }] };
      made.channel = {
        type: "email",
        endpoint: `mailto:${tenant}@hospital.example`,
        payload: "text/plain",
        _payload: content,
      };
      change(made);
    });
  const mails = () => server.mails.filter(({ to }) => to === `${tenant}@hospital.example`);

  test("a handshake, then a mail for each event, with its number and nothing of what it is about", async () => {
    await setUp();
    const attached = mailed((made) => (made.channel.payload = "text/plain;attach=application/fhir+json"));
    const { body } = await call().post("/fhir/Subscription").set(auth()).send(attached).expect(201);
    await statusIs(body.id, "active");
    await addEvent(db, {
      tenant,
      job: "secret-job",
      data: { patient: "Patient/secret", encounter: "Encounter/secret" },
    });
    server.delivery.wake();
    await eventually(() => mails().length === 2, "the mail", 10_000);
    const [handshake, told] = mails();
    assert.match(handshake?.subject ?? "", /begins/u);
    assert.equal(told?.subject, "Discharge summary signed");
    assert.match(told?.text ?? "", new RegExp(`Subscription/${body.id}/\\$events\\?eventsSinceNumber=1`, "u"));
    assert.ok(!JSON.stringify(mails()).includes("secret"));
    const bundle = JSON.parse(told?.attachment?.content ?? "") as Bundle;
    assert.deepEqual(r4Problems(bundle), []);
    assert.deepEqual([bundle.type, bundle.entry?.length], ["history", 1]);
  });

  test("an address that the mail server does not know puts the Subscription in error, counted on", async () => {
    await setUp();
    const { body } = await call()
      .post("/fhir/Subscription")
      .set(auth())
      .send(mailed((made) => (made.channel.endpoint = "mailto:unknown@hospital.example")))
      .expect(201);
    await statusIs(body.id, "error");
    assert.equal((await read(body.id)).error, "smtp_550");
  });

  test("says no more than that something happened, and writes to allowed addresses only [subscriptions 10, 11, 13, 60, 66]", async () => {
    await setUp();
    const refused: [string, (made: Subscription) => void][] = [
      ["channel.endpoint", (made) => (made.channel.endpoint = "mailto:someone@elsewhere.example")],
      ["channel.endpoint", (made) => (made.channel.endpoint = "mailto:a@hospital.example?subject=x")],
      ["channel.endpoint", (made) => (made.channel.endpoint = "mailto:a@hospital.example,b@hospital.example")],
      ["channel.endpoint", (made) => (made.channel.endpoint = "https://hospital.example")],
      [
        "channel.payload.extension(backport-payload-content)",
        (made) =>
          (made.channel._payload = {
            extension: [{ url: `${backport}/backport-payload-content`, valueCode: "id-only" }],
          }),
      ],
      ["channel.payload", (made) => (made.channel.payload = "text/html")],
      ["channel.header", (made) => (made.channel.header = ["X-A: 1"])],
      [
        "channel.extension(backport-heartbeat-period)",
        (made) => (made.channel.extension = [{ url: `${backport}/backport-heartbeat-period`, valueUnsignedInt: 60 }]),
      ],
    ];
    for (const [at, change] of refused) {
      const { body } = await call().post("/fhir/Subscription").set(auth()).send(mailed(change)).expect(400);
      assert.deepEqual((body as OperationOutcome).issue[0]?.expression, [`Subscription.${at}`]);
    }
    assert.equal(mails().length, 0);
  });
});

describe("full-resource", () => {
  const summary = { version: 1, docStatus: "final", sha256: "abc", edited: false } as const;
  const full = () => receiver.notifications.filter(({ content }) => content?.type === "event-notification");

  test("holds the document as it was when it was first told, on every try, and no text of it [subscriptions 43-45, 101]", async () => {
    await setUp({ payload: "full-resource" });
    const id = await subscribed();
    server.jobs.set("j1", aJob("j1", { tenant, status: "completed", summary }));
    receiver.failNext(503);
    await addEvent(db, { tenant, job: "j1" });
    server.delivery.wake();
    await eventually(() => full().length > 0, "a first try", 10_000);
    server.jobs.set("j1", aJob("j1", { tenant, status: "completed", version: 9, summary }));
    await eventually(() => full().length > 1, "a second try", 10_000);
    const [first, second] = full();
    assert.equal(first?.body, second?.body);
    assert.deepEqual(second?.violations, []);
    const bundle = JSON.parse(second?.body ?? "") as Bundle;
    assert.deepEqual(r4Problems(bundle), []);
    const document = bundle.entry?.[1]?.resource;
    assert.equal(document?.resourceType, "DocumentReference");
    assert.ok(!second?.body.includes('"data"'), "a link to the text, not the text");
    // Whoever asks now is told how it stands now.
    const asked = await call().get(`/fhir/Subscription/${id}/$events`).set(auth()).expect(200);
    assert.equal((asked.body as Bundle).entry?.[1]?.resource?.meta?.versionId, "9");
  });

  test("says by request and response what happened to what is no longer there [subscriptions 45]", async () => {
    await setUp({ payload: "full-resource" });
    await subscribed();
    await addEvent(db, { tenant, job: "gone" });
    server.delivery.wake();
    await eventually(() => full().length === 1, "the notification", 10_000);
    const { entry } = JSON.parse(full()[0]?.body ?? "") as Bundle;
    assert.deepEqual([entry?.[1]?.resource, entry?.[1]?.request?.method], [undefined, "POST"]);
  });
});

describe("a receiver that takes its time", () => {
  test("is given up after the time-out that the Subscription names [subscriptions 97]", async () => {
    await setUp();
    const hanging = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(hanging, "listening");
    const endpoint = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}/hook`;
    const timeout = { url: `${backport}/backport-timeout`, valueUnsignedInt: 1 };
    const made = resource((one) => Object.assign(one.channel, { endpoint, extension: [timeout] }));
    const { body } = await call().post("/fhir/Subscription").set(auth()).send(made).expect(201);
    // 15 seconds are the default: were they waited for, this would come too late.
    await eventually(async () => (await read(body.id)).error === "timeout", "the time-out", 8_000);
    hanging.closeAllConnections();
    hanging.close();
  });
});

describe("$events", () => {
  before(() => setUp());

  const events = async (id: string, query = ""): Promise<Bundle> =>
    (await call().get(`/fhir/Subscription/${id}/$events${query}`).set(auth()).expect(200)).body as Bundle;

  /** Status of the notification by its parts, and the numbers of its events. */
  function inside(bundle: Bundle) {
    const status = bundle.entry?.[0]?.resource as StatusParameters;
    const value = (name: string) => Object.values(status.parameter?.find((part) => part.name === name) ?? {})[1];
    const numbers = (status.parameter ?? [])
      .filter(({ name }) => name === "notification-event")
      .map(({ part }) => Number(part?.find(({ name }) => name === "event-number")?.valueString));
    return { type: value("type"), count: value("events-since-subscription-start"), numbers };
  }

  const signed = async (job: string): Promise<void> => {
    await addEvent(db, { tenant, job, type: "summary.signed" });
    server.delivery.wake();
  };

  async function withEvents(count: number): Promise<string> {
    await setUp();
    const id = await subscribed();
    for (let job = 1; job <= count; job += 1) await signed(`j${job}`);
    await eventually(
      async () => (await statusOf(id))["events-since-subscription-start"] === String(count),
      "the events",
    );
    return id;
  }

  test("a history Bundle, status first, from one number to another, both included [subscriptions 83, 84, 115, 118, 119]", async () => {
    const id = await withEvents(4);
    const bundle = await events(id, "?eventsSinceNumber=2&eventsUntilNumber=3");
    assert.deepEqual(r4Problems(bundle), []);
    assert.equal(bundle.type, "history");
    assert.deepEqual(inside(bundle), { type: "query-event", count: "4", numbers: [2, 3] });
    assert.equal(bundle.entry?.[1]?.fullUrl, `${publicUrl}/fhir/DocumentReference/j2`);
    const body = { resourceType: "Parameters", parameter: [{ name: "eventsSinceNumber", valueString: "4" }] };
    const posted = await call().post(`/fhir/Subscription/${id}/$events`).set(auth()).send(body).expect(200);
    assert.deepEqual(inside(posted.body as Bundle).numbers, [4]);
  });

  test("with the content that the client would rather have [subscriptions 117]", async () => {
    const id = await withEvents(1);
    const bundle = await events(id, "?content=empty");
    assert.equal(bundle.entry?.length, 1);
    assert.ok(!JSON.stringify(bundle).includes("j1"));
  });

  test("events of a receiver that is gone are there all the same, each once and without a gap", async () => {
    const id = await withEvents(1);
    receiver.failNext(410);
    await signed("j2");
    await statusIs(id, "error");
    await signed("j3");
    await eventually(async () => inside(await events(id)).numbers.length === 3, "all three");
    assert.deepEqual(inside(await events(id)).numbers, [1, 2, 3]);
  });

  test("two who pull, one of them slowly: each has every event once, in order", async () => {
    const id = await withEvents(0);
    /** Goes on from the last number that was kept; that is all a client has after a restart. */
    const pull = async (until: number, atOnce: number): Promise<readonly number[]> => {
      const kept: number[] = [];
      while (kept.length < until) {
        const from = (kept.at(-1) ?? 0) + 1;
        const range = `eventsSinceNumber=${from}&eventsUntilNumber=${from + atOnce - 1}`;
        kept.push(...inside(await events(id, `?${range}&wait=5`)).numbers);
      }
      return kept;
    };
    const writing = (async () => {
      for (let job = 1; job <= 12; job += 1) {
        await signed(`k${job}`);
        server.wakeUp.notify("sequenced");
      }
    })();
    const [fast, slow] = await Promise.all([pull(12, 100), pull(12, 1), writing]);
    const all = Array.from({ length: 12 }, (_, index) => index + 1);
    assert.deepEqual([fast, slow], [all, all]);
  });

  test("another client's, and a number that is none, are refused", async () => {
    const id = await withEvents(0);
    await call().get(`/fhir/Subscription/${id}/$events`).set(auth("other")).expect(404);
    for (const wrong of ["eventsSinceNumber=first", "wait=31"])
      await call().get(`/fhir/Subscription/${id}/$events?${wrong}`).set(auth()).expect(400);
  });
});
