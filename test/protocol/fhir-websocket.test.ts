/** The websocket channel of Subscriptions (backport 1.1, channels, websockets): binding, telling, and what it must not do. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import type { Bundle, CapabilityStatement, OperationOutcome, Parameters, Subscription } from "fhir/r4.js";
import request from "supertest";
import { WebSocket } from "ws";
import type { Database } from "../../src/db/database.ts";
import type { HttpServer } from "../../src/http/server.ts";
import { listen } from "../../src/http/server.ts";
import { addEvent, addEvents } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import { r4Problems } from "../support/fhir-validators.ts";
import { aJob } from "../support/memory-log.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { SubscriptionServer } from "../support/subscriptions.ts";
import { publicUrl, startSubscriptionServer } from "../support/subscriptions.ts";

const backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";
let db: TestDatabase;
let database: Database;
let server: SubscriptionServer;
let listening: HttpServer;
let tenant: string;
let number = 0;
const opened: WebSocket[] = [];

before(async () => {
  db = await createTestDatabase();
  database = db.open();
  server = startSubscriptionServer(database, {
    sockets: { bindWithinMs: 400, sendTimeoutMs: 500, mostConnections: 20 },
  });
  const handle = server.sockets.upgrade.bind(server.sockets);
  listening = await listen(server.app, { host: "127.0.0.1", port: 0, upgrade: { path: "/fhir/ws", handle } });
});
after(async () => {
  for (const socket of opened) socket.terminate();
  await server.stop();
  await listening.close(0);
  await db.drop();
});

function newTenant(): void {
  tenant = `w${(number += 1)}`;
}
const auth = (client = "his") => ({
  authorization: `Bearer ${tenant}:${client}`,
  "content-type": "application/fhir+json",
});
const call = () => request(server.app);

async function subscribed(content = "id-only", heartbeatSeconds?: number, client?: string): Promise<string> {
  const beat = { url: `${backport}/backport-heartbeat-period`, valueUnsignedInt: heartbeatSeconds };
  const made: Subscription = {
    resourceType: "Subscription",
    status: "requested",
    reason: "A page that shows signed summaries",
    criteria: `${publicUrl}/topics/summary-signed`,
    channel: {
      ...(heartbeatSeconds === undefined ? {} : { extension: [beat] }),
      type: "websocket",
      payload: "application/fhir+json",
      _payload: { extension: [{ url: `${backport}/backport-payload-content`, valueCode: content }] },
    },
  };
  const { body } = await call().post("/fhir/Subscription").set(auth(client)).send(made).expect(201);
  const id = body.id as string;
  await eventually(async () => (await read(id, client)).status === "active", "active");
  return id;
}

async function read(id: string, client?: string): Promise<Subscription> {
  return (await call().get(`/fhir/Subscription/${id}`).set(auth(client)).expect(200)).body as Subscription;
}

function valuesOf(parameters: Parameters, name: string): readonly unknown[] {
  const found = (parameters.parameter ?? []).filter((one) => one.name === name);
  return found.map((one) => Object.values(one).find((value) => value !== name));
}

async function tokenFor(query: string, client?: string): Promise<string> {
  const { body } = await call().get(`/fhir/Subscription/${query}`).set(auth(client)).expect(200);
  return String(valuesOf(body as Parameters, "token")[0]);
}

interface Heard {
  readonly socket: WebSocket;
  readonly bundles: Bundle[];
  /** Resolves with code and reason. */
  readonly closed: Promise<string>;
}

async function connect(): Promise<Heard> {
  const socket = new WebSocket(`ws://127.0.0.1:${listening.port}/fhir/ws`);
  opened.push(socket);
  const bundles: Bundle[] = [];
  socket.on("message", (data: Buffer) => bundles.push(JSON.parse(data.toString()) as Bundle));
  const closed = once(socket, "close").then(([code, reason]) => `${code} ${String(reason)}`);
  await once(socket, "open");
  return { socket, bundles, closed };
}

async function bound(...ids: readonly string[]): Promise<Heard> {
  const heard = await connect();
  const query = ids.map((id) => `id=${id}`).join("&");
  heard.socket.send(`bind-with-token ${await tokenFor(`$get-ws-binding-token?${query}`)}`);
  await eventually(() => heard.bundles.length >= ids.length, "handshakes");
  return heard;
}

/** Type and event numbers of each notification. */
function said({ bundles }: Heard): readonly string[] {
  return bundles.map((bundle) => {
    const status = bundle.entry?.[0]?.resource as Parameters;
    const numbers = (status.parameter ?? []).flatMap(({ name, part }) =>
      name === "notification-event" ? (part?.find((one) => one.name === "event-number")?.valueString ?? []) : [],
    );
    return [valuesOf(status, "type")[0], valuesOf(status, "events-since-subscription-start")[0], ...numbers].join(" ");
  });
}

const signed = async (job: string): Promise<void> => {
  await addEvent(db, { tenant, job });
  server.delivery.wake();
};

describe("binding", () => {
  before(newTenant);

  test("the CapabilityStatement says where, and that there are tokens [subscriptions 49, 123]", async () => {
    const { body } = await call().get("/fhir/metadata").expect(200);
    const [rest] = (body as CapabilityStatement).rest ?? [];
    assert.deepEqual(rest?.extension, [
      {
        url: "http://hl7.org/fhir/StructureDefinition/capabilitystatement-websocket",
        valueUri: "wss://handover.test/fhir/ws",
      },
    ]);
    const entry = rest?.resource?.find(({ type }) => type === "Subscription");
    assert.ok(entry?.operation?.some(({ name }) => name === "get-ws-binding-token"));
    assert.match(entry?.documentation ?? "", /rest-hook, websocket, email/u);
  });

  test("a token is for the Subscriptions that were asked for, not for long, and audited [subscriptions 123]", async () => {
    newTenant();
    const [one, two] = [await subscribed(), await subscribed()];
    const ofOne = await call().post(`/fhir/Subscription/${one}/$get-ws-binding-token`).set(auth()).expect(200);
    assert.deepEqual(r4Problems(ofOne.body as object), []);
    assert.deepEqual(valuesOf(ofOne.body, "subscription"), [one]);
    assert.deepEqual(valuesOf(ofOne.body, "websocket-url"), ["wss://handover.test/fhir/ws"]);
    const seconds = (Date.parse(String(valuesOf(ofOne.body, "expiration")[0])) - Date.now()) / 1000;
    assert.ok(seconds > 0 && seconds < 600, `valid for ${seconds} s`);
    const ofAll = await call().get("/fhir/Subscription/$get-ws-binding-token").set(auth()).expect(200);
    assert.deepEqual(new Set(valuesOf(ofAll.body, "subscription")), new Set([one, two]));
    assert.ok(server.audited.some((entry) => entry.tenant === tenant && entry.action === "subscription.bind"));
  });

  test("nobody gets a token for another client's Subscription, or for another channel's", async () => {
    newTenant();
    const id = await subscribed();
    await call().get(`/fhir/Subscription/${id}/$get-ws-binding-token`).set(auth("other")).expect(404);
    const { body } = await call().get("/fhir/Subscription/$get-ws-binding-token").set(auth("other")).expect(400);
    assert.equal((body as OperationOutcome).resourceType, "OperationOutcome");
    await call().get(`/fhir/Subscription/${id}/$get-ws-binding-token`).expect(401);
  });

  test("a token is good once, and only for one client's socket", async () => {
    newTenant();
    const id = await subscribed();
    const token = await tokenFor(`${id}/$get-ws-binding-token`);
    const [first, second] = [await connect(), await connect()];
    first.socket.send(`bind-with-token ${token}`);
    await eventually(() => first.bundles.length === 1, "the handshake");
    second.socket.send(`bind-with-token ${token}`);
    assert.equal(await second.closed, "1008 this token binds nothing");
    const others = await tokenFor(`${await subscribed("id-only", undefined, "other")}/$get-ws-binding-token`, "other");
    first.socket.send(`bind-with-token ${others}`);
    assert.equal(await first.closed, "1008 this token binds nothing");
  });

  test("an expired token binds nothing", async () => {
    newTenant();
    const token = await tokenFor(`${await subscribed()}/$get-ws-binding-token`);
    await db.asOwner("update handover.binding_token set expires_at = now() where tenant = $1", [tenant]);
    const heard = await connect();
    heard.socket.send(`bind-with-token ${token}`);
    assert.equal(await heard.closed, "1008 this token binds nothing");
  });

  test("whoever binds nothing, or says something else, is sent away", async () => {
    const silent = await connect();
    const talkative = await connect();
    const loud = await connect();
    const binary = await connect();
    talkative.socket.send("subscribe everything");
    loud.socket.send("x".repeat(5000));
    binary.socket.send(Buffer.from([1, 2]));
    assert.equal(await talkative.closed, "1008 bind-with-token is expected");
    assert.match(await loud.closed, /^1009/u);
    assert.equal(await binary.closed, "1003 text is expected");
    assert.equal(await silent.closed, "1008 nothing was bound");
  });

  test("an upgrade elsewhere is an ordinary request: 404, or the answer that a plain GET gets", async () => {
    const wrong = new WebSocket(`ws://127.0.0.1:${listening.port}/fhir/metadata`);
    const [error] = (await once(wrong, "error")) as [Error];
    assert.match(error.message, /200/u);
    await once(new WebSocket(`ws://127.0.0.1:${listening.port}/elsewhere`), "error");
  });
});

describe("telling", () => {
  test("a handshake for each Subscription, then each event with its number, valid R4 [subscriptions 33, 102, 103]", async () => {
    newTenant();
    const [one, two] = [await subscribed(), await subscribed("empty")];
    await signed("before");
    await eventually(async () => (await counts(one)) === "1", "the count");
    const heard = await bound(one, two);
    assert.deepEqual(said(heard), ["handshake 1", "handshake 1"]);
    await signed("j1");
    await signed("j2");
    await eventually(() => heard.bundles.length === 6, "two events on two Subscriptions");
    assert.deepEqual(said(heard).slice(2).toSorted(), [
      "event-notification 2 2",
      "event-notification 2 2",
      "event-notification 3 3",
      "event-notification 3 3",
    ]);
    for (const bundle of heard.bundles) assert.deepEqual(r4Problems(bundle), []);
    const empty = heard.bundles.filter((bundle) => JSON.stringify(bundle).includes(two));
    assert.ok(!JSON.stringify(empty).includes("j1"), "nothing of what it is about");
  });

  test("in full, the resource comes along [subscriptions 43]", async () => {
    newTenant();
    const summary = { version: 1, docStatus: "final", sha256: "abc", edited: false } as const;
    server.jobs.set("full-job", aJob("full-job", { tenant, status: "completed", summary }));
    const heard = await bound(await subscribed("full-resource"));
    await signed("full-job");
    await eventually(() => heard.bundles.length === 2, "the event");
    assert.equal(heard.bundles[1]?.entry?.[1]?.resource?.resourceType, "DocumentReference");
  });

  test("a heartbeat comes when nothing else did for the period [subscriptions 93]", async () => {
    newTenant();
    const heard = await bound(await subscribed("id-only", 1));
    await eventually(() => said(heard).includes("heartbeat 0"), "a heartbeat", 5000);
  });

  test("what came while nobody was connected is at $events, and is not told again", async () => {
    newTenant();
    const id = await subscribed();
    const first = await bound(id);
    first.socket.terminate();
    await signed("missed");
    await eventually(async () => (await counts(id)) === "1", "the count");
    const second = await bound(id);
    await signed("seen");
    await eventually(() => second.bundles.length === 2, "the event");
    assert.deepEqual(said(second), ["handshake 1", "event-notification 2 2"]);
    const { body } = await call()
      .get(`/fhir/Subscription/${id}/$events?eventsSinceNumber=1&eventsUntilNumber=1`)
      .set(auth())
      .expect(200);
    assert.match(JSON.stringify(body), /DocumentReference\/missed/u);
  });

  test("deleting the Subscription, or switching it off, ends the socket; so does losing the client", async () => {
    newTenant();
    const [deleted, kept] = [await subscribed(), await subscribed("id-only", undefined, "leaver")];
    const first = await bound(deleted);
    const second = await connect();
    second.socket.send(`bind-with-token ${await tokenFor(`${kept}/$get-ws-binding-token`, "leaver")}`);
    await eventually(() => second.bundles.length === 1, "the handshake");
    await call().delete(`/fhir/Subscription/${deleted}`).set(auth()).expect(204);
    assert.equal(await first.closed, "1000 its Subscriptions have ended");
    server.refuseClient("leaver");
    assert.equal(await second.closed, "1008 no longer allowed");
  });

  test("one that does not read holds up no other, takes no memory for what it does not read, and is let go", async () => {
    newTenant();
    // Long notifications: a few hundred fill what the kernel holds, however much that is on this machine.
    const patient = "p".repeat(50_000);
    const summary = { version: 1, docStatus: "final", sha256: "abc", edited: false } as const;
    server.jobs.set("many", aJob("many", { tenant, status: "completed", summary, patient }));
    const id = await subscribed("full-resource");
    const [slow, fast] = [await bound(id), await bound(id)];
    const open = server.sockets.size;
    slow.socket.pause();
    let events = 0;
    while (server.sockets.size === open) {
      assert.ok(events < 10_000, "it was never let go");
      events += 200;
      await addEvents(db, { tenant, job: "many" }, 200);
      server.delivery.wake();
      await eventually(() => fast.bundles.length === events + 1, "the fast one has all", 60_000);
    }
    assert.deepEqual(
      said(fast)
        .slice(1)
        .map((line) => Number(line.split(" ")[2])),
      Array.from({ length: events }, (_, index) => index + 1),
    );
    slow.socket.resume();
    await slow.closed;
    assert.ok(slow.bundles.length < events, `${slow.bundles.length} were on their way`);
  });
});

async function counts(id: string): Promise<unknown> {
  const { body } = await call().get(`/fhir/Subscription/${id}/$status`).set(auth()).expect(200);
  const status = (body as Bundle).entry?.[0]?.resource as Parameters;
  return valuesOf(status, "events-since-subscription-start")[0];
}
