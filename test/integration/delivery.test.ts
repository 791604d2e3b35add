/** Webhook delivery end to end: real Postgres, real HTTP, the library receivers verify with (contract, section 4). */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import type { ElementChange } from "../../src/core/chart/context-change.ts";
import type { Database } from "../../src/db/database.ts";
import { eventually } from "../support/eventually.ts";
import type { RunningDelivery } from "../support/delivery.ts";
import {
  aTenant,
  addEvent,
  addEvents,
  addJob,
  answers,
  apply,
  secret,
  startDelivery,
  states,
} from "../support/delivery.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { Received, WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";

let db: TestDatabase;
let database: Database;
let site: WebhookSite;
let tenant: string;
const running: RunningDelivery[] = [];
const sites: WebhookSite[] = [];
let number = 0;

before(async () => {
  db = await createTestDatabase();
  database = db.open();
});
after(() => db.drop());

async function newSite(): Promise<WebhookSite> {
  const made = await webhookSite();
  sites.push(made);
  return made;
}

/** A tenant of its own for each test, so that tests share a database and nothing else. */
async function setUp(
  endpoint: Parameters<typeof aTenant>[1] extends readonly (infer E)[] | undefined ? E : never = {},
): Promise<void> {
  tenant = `t${(number += 1)}`;
  site = await newSite();
  await apply(database, aTenant(tenant, [{ url: `${site.url}/hook`, events: ["*"], ...endpoint }]));
}

function start(changes: Parameters<typeof startDelivery>[1] = {}): RunningDelivery {
  const delivery = startDelivery(database, changes);
  running.push(delivery);
  return delivery;
}

afterEach(async () => {
  for (const site of sites.splice(0)) await site.close();
  for (const delivery of running.splice(0)) await delivery.stop(0);
});

interface Body {
  readonly specversion: string;
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly job: string;
    readonly jobSequence: number;
    readonly endpointSequence: number;
    readonly summary?: { readonly text?: string };
    readonly changes?: unknown;
  };
}
const bodyOf = (received: Received | undefined): Body => JSON.parse(String(received?.body)) as Body;
const ended = (...expected: string[]) =>
  eventually(async () => (await states(db, tenant)).join() === expected.join(), `states ${expected.join()}`, 15_000);
const attemptsOf = (sequence = 1) =>
  db.asOwner(
    "select number, outcome, code, http_status, retry_at, started_at from handover.attempt where tenant = $1 and endpoint = 'his' and sequence = $2 order by number",
    [tenant, sequence],
  );

describe("a delivery", () => {
  test("is a signed CloudEvent that the official verifier accepts", async () => {
    await setUp({ headers: { "x-tenant": "general" } });
    const id = await addEvent(db, { tenant, job: "j1", data: { status: "completed", patient: "Patient/1" } });
    start();
    const [received] = await site.came(1);
    assert.ok(received);
    assert.equal(received.method, "POST");
    assert.equal(received.headers["content-type"], "application/cloudevents+json");
    assert.equal(received.headers["webhook-id"], id);
    assert.equal(received.headers["x-tenant"], "general");
    assert.equal(received.headers["accept-encoding"], "identity");
    const body = new Webhook(secret).verify(received.body, received.headers) as Body;
    assert.equal(body.id, id);
    assert.deepEqual(
      [body.specversion, body.type, body.data.jobSequence, body.data.endpointSequence],
      ["1.0", "summary.signed", 1, 1],
    );
    await ended("delivered");
    const [attempt] = await attemptsOf();
    assert.deepEqual(
      [attempt?.["outcome"], attempt?.["code"], attempt?.["http_status"]],
      ["delivered", "http_204", 204],
    );
  });

  test("goes only to endpoints that asked for its type; numbers are gapless per endpoint", async () => {
    await setUp({ events: ["summary.*"] });
    for (const type of ["task.started", "summary.ready", "task.completed", "summary.signed"] as const)
      await addEvent(db, { tenant, job: "j1", type });
    start();
    const got = (await site.came(2)).map((one) => bodyOf(one));
    await ended("delivered", "delivered");
    got.sort((a, b) => a.data.endpointSequence - b.data.endpointSequence);
    assert.deepEqual(
      got.map((body) => [body.type, body.data.jobSequence, body.data.endpointSequence]),
      [
        ["summary.ready", 2, 1],
        ["summary.signed", 4, 2],
      ],
    );
  });

  test("is repeated with the same id and the same bytes until a 2xx comes; only timestamp and signature are new", async () => {
    await setUp({ retry: { attempts: 5, baseSeconds: 1.1, factor: 1, maxSeconds: 1.1, jitter: 0 } });
    site.answer(answers(500, 301, 200));
    const id = await addEvent(db, { tenant, job: "j1" });
    start();
    const received = await site.came(3);
    await ended("delivered");
    assert.deepEqual(new Set(received.map((one) => one.headers["webhook-id"])), new Set([id]));
    assert.equal(new Set(received.map((one) => one.body.toString("hex"))).size, 1);
    assert.equal(new Set(received.map((one) => one.headers["webhook-signature"])).size, 3);
    for (const one of received) new Webhook(secret).verify(one.body, one.headers);
    assert.deepEqual(
      (await attemptsOf()).map((row) => row["code"]),
      ["http_500", "http_301", "http_200"],
    );
  });

  test("a redirect is not followed", async () => {
    await setUp({ retry: { attempts: 1, baseSeconds: 1, factor: 1, maxSeconds: 1, jitter: 0 } });
    const inside = await newSite();
    site.answer((_received, response) => response.writeHead(307, { location: inside.url }).end());
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("dead");
    assert.equal(inside.received.length, 0);
  });

  test("becomes a dead letter after the last attempt, and the next event still goes out", async () => {
    await setUp({ retry: { attempts: 2, baseSeconds: 0.05, factor: 1, maxSeconds: 1, jitter: 0 } });
    site.answer((received, response) => response.writeHead(bodyOf(received).data.job === "bad" ? 500 : 200).end());
    await addEvent(db, { tenant, job: "bad" });
    await addEvent(db, { tenant, job: "good" });
    start();
    await ended("dead", "delivered");
    assert.deepEqual(
      (await attemptsOf()).map((row) => row["outcome"]),
      ["retry", "dead"],
    );
  });

  test("410 disables the endpoint; what is owed, then and later, is held and not sent", async () => {
    await setUp({ concurrency: 1, ratePerSecond: 10_000 });
    site.answer(answers(410));
    await addEvents(db, { tenant, job: "j1" }, 3);
    const delivery = start();
    await ended("dead", "held", "held");
    await addEvent(db, { tenant, job: "j2" });
    delivery.wake();
    await ended("dead", "held", "held", "held");
    assert.equal(site.received.length, 1);
    const [endpoint] = await db.asOwner("select status, reason from handover.endpoint where tenant = $1", [tenant]);
    assert.deepEqual(endpoint, { status: "disabled", reason: "gone" });
    // A new address in the configuration is a new start: nothing held is lost.
    const moved = await newSite();
    await apply(database, aTenant(tenant, [{ url: `${moved.url}/new`, events: ["*"], concurrency: 1 }]));
    await ended("dead", "delivered", "delivered", "delivered");
  });

  test("Retry-After quietens the whole endpoint, not the one delivery alone", async () => {
    await setUp({ concurrency: 1, retry: { attempts: 5, baseSeconds: 0.01, factor: 1, maxSeconds: 1, jitter: 0 } });
    let asked = 0;
    site.answer((_received, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, { "retry-after": "1" }).end();
      else response.writeHead(200).end();
    });
    await addEvents(db, { tenant, job: "j1" }, 2);
    start();
    await ended("delivered", "delivered");
    const [first, second] = site.received;
    assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 990, "nothing is sent before Retry-After has passed");
  });

  test("a blocked address is an attempt with that code, and opens no connection", async () => {
    await setUp({
      retry: { attempts: 1, baseSeconds: 1, factor: 1, maxSeconds: 1, jitter: 0 },
      url: "http://169.254.169.254/latest",
    });
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("dead");
    assert.deepEqual(
      (await attemptsOf()).map((row) => row["code"]),
      ["blocked_address"],
    );
  });

  test("an endpoint that hangs times out and is tried again", async () => {
    await setUp({ timeoutSeconds: 1, retry: { attempts: 2, baseSeconds: 0.05, factor: 1, maxSeconds: 1, jitter: 0 } });
    site.answer((_received, response) => {
      if (site.received.length > 1) response.writeHead(200).end();
    });
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("delivered");
    assert.deepEqual(
      (await attemptsOf()).map((row) => row["code"]),
      ["timeout", "http_200"],
    );
  });
});

describe("limits of an endpoint", () => {
  test("no more requests are in flight than its concurrency, however many are owed", async () => {
    await setUp({ concurrency: 3, ratePerSecond: 10_000 });
    site.answer((_received, response) => setTimeout(() => response.writeHead(200).end(), 10));
    await addEvents(db, { tenant, job: "j1" }, 60);
    start();
    await site.came(60);
    assert.equal(site.load.most, 3);
  });

  test("its rate is kept", async () => {
    await setUp({ concurrency: 2, ratePerSecond: 20 });
    await addEvents(db, { tenant, job: "j1" }, 12);
    start();
    const received = await site.came(12);
    const lasted = (received.at(-1)?.atMs ?? 0) - (received[0]?.atMs ?? 0);
    // Ten intervals of 50 ms as sent; the first request may arrive late, because it has to connect. Unpaced it is some 20 ms.
    assert.ok(lasted >= 350, `12 requests at 20 a second, two at once, took ${lasted} ms`);
  });

  test("five failures in a row open the circuit; one probe later everything flows again", async () => {
    await setUp({
      concurrency: 1,
      breaker: { failures: 5, openSeconds: 1 },
      retry: { attempts: 50, baseSeconds: 0.01, factor: 1, maxSeconds: 1, jitter: 0 },
    });
    let healthy = false;
    site.answer((_received, response) => response.writeHead(healthy ? 200 : 500).end());
    await addEvents(db, { tenant, job: "j1" }, 8);
    start();
    await site.came(5);
    await eventually(async () => {
      const [row] = await db.asOwner("select circuit from handover.endpoint where tenant = $1", [tenant]);
      return row?.["circuit"] === "open";
    }, "the circuit is open");
    assert.equal(site.received.length, 5);
    healthy = true;
    await site.came(13);
    assert.ok(
      (site.received[5]?.atMs ?? 0) - (site.received[4]?.atMs ?? 0) >= 950,
      "nothing is sent while the circuit is open",
    );
    await ended(...Array.from({ length: 8 }, () => "delivered"));
  });

  test("a hanging endpoint beside healthy ones does not delay them", async () => {
    tenant = `t${(number += 1)}`;
    const hanging = await newSite();
    hanging.answer(() => undefined);
    const healthy = await Promise.all(Array.from({ length: 5 }, () => newSite()));
    const endpoints = [hanging, ...healthy].map((one, index) => ({
      id: `e${index}`,
      url: one.url,
      events: ["*"],
      timeoutSeconds: 15,
    }));
    await apply(database, aTenant(tenant, endpoints));
    await addEvents(db, { tenant, job: "j1" }, 20);
    const startedAt = Date.now();
    const claimed = new Set<unknown>();
    const watched: Database["worker"] = {
      ...database.worker,
      async query(text, values) {
        const answer = await database.worker.query(text, values);
        if (values.includes("e0")) for (const row of answer.rows) claimed.add(Object(row).sequence);
        return answer;
      },
    };
    running.push(startDelivery({ ...database, worker: watched }));
    await Promise.all(healthy.map((one) => one.came(20, 10_000)));
    assert.ok(Date.now() - startedAt < 10_000);
    assert.equal(hanging.load.now, 4, "the hanging endpoint holds its own four requests and no more");
    claimed.delete(null);
    assert.equal(claimed.size, 16, "nor are more than a few of its twenty events claimed");
  });

  test("per-job ordering: the next event of a job waits for the one before it; other jobs do not", async () => {
    await setUp({
      ordering: "per-job",
      concurrency: 8,
      ratePerSecond: 10_000,
      retry: { attempts: 5, baseSeconds: 0.2, factor: 1, maxSeconds: 1, jitter: 0 },
    });
    const failedOnce = new Set<string>();
    site.answer((received, response) => {
      const { job, jobSequence } = bodyOf(received).data;
      const fails = job === "a" && jobSequence === 1 && !failedOnce.has(job);
      failedOnce.add(job);
      response.writeHead(fails ? 500 : 200).end();
    });
    await addEvents(db, { tenant, job: "a" }, 4);
    await addEvents(db, { tenant, job: "b" }, 4);
    start();
    await ended(...Array.from({ length: 8 }, () => "delivered"));
    const order = site.received.map((one) => bodyOf(one).data).map((data) => `${data.job}${data.jobSequence}`);
    assert.deepEqual(
      order.filter((name) => name.startsWith("a")),
      ["a1", "a1", "a2", "a3", "a4"],
    );
    assert.deepEqual(
      order.filter((name) => name.startsWith("b")),
      ["b1", "b2", "b3", "b4"],
    );
    assert.ok(order.indexOf("b4") < order.indexOf("a2"), "job b did not wait for job a's retry");
  });
});

describe("payload full", () => {
  const data = {
    summary: { version: 1, sha256: "abc", docStatus: "final", href: "https://adapter.example/v1/jobs/j1/summary" },
  };

  test("carries the text, the same on every attempt although the summary has changed since", async () => {
    await setUp({ payload: "full", retry: { attempts: 5, baseSeconds: 0.05, factor: 1, maxSeconds: 1, jitter: 0 } });
    site.answer(answers(500, 200));
    let text = "first text";
    await addEvent(db, { tenant, job: "j1", data });
    start({ summaryText: async () => ({ text, sha256: "abc", docStatus: "final" }) });
    await site.came(1);
    text = "another text";
    const received = await site.came(2);
    assert.deepEqual(
      received.map((one) => bodyOf(one).data.summary?.text),
      ["first text", "first text"],
    );
    await ended("delivered");
    const [row] = await db.asOwner("select body from handover.delivery where tenant = $1", [tenant]);
    assert.equal(row?.["body"], null, "the sealed body goes once it is delivered");
  });

  test("a text that is not the one the event told of is left out", async () => {
    await setUp({ payload: "full" });
    await addEvent(db, { tenant, job: "j1", data });
    start({ summaryText: async () => ({ text: "edited", sha256: "other", docStatus: "preliminary" }) });
    const [received] = await site.came(1);
    assert.deepEqual(bodyOf(received).data.summary, data.summary);
  });

  test("what is retracted between two attempts is withheld; the event that says so still goes out", async () => {
    await setUp({ payload: "full", retry: { attempts: 5, baseSeconds: 0.3, factor: 1, maxSeconds: 1, jitter: 0 } });
    site.answer(answers(500, 200));
    let docStatus = "final";
    await addEvent(db, { tenant, job: "j1", data });
    const delivery = start({ summaryText: async () => ({ text: "wrong patient", sha256: "abc", docStatus }) });
    await site.came(1);
    docStatus = "entered-in-error";
    await addEvent(db, { tenant, job: "j1", type: "summary.retracted", data });
    delivery.wake();
    await ended("withheld", "delivered");
    assert.ok(!String(site.received[1]?.body).includes("wrong patient"));
    assert.deepEqual(
      (await attemptsOf()).map((row) => row["outcome"]),
      ["retry", "withheld"],
    );
  });

  test("a version that is superseded before the first attempt goes out without its text", async () => {
    await setUp({ payload: "full" });
    await addEvent(db, { tenant, job: "j1", data });
    start({ summaryText: async () => undefined });
    const [received] = await site.came(1);
    assert.deepEqual(bodyOf(received).data.summary, data.summary);
  });

  test("a change of the chart comes with its values, the same on every attempt; thin with its paths only", async () => {
    const retry = { attempts: 5, baseSeconds: 0.05, factor: 1, maxSeconds: 1, jitter: 0 };
    await setUp({ payload: "full", events: ["context.*"], retry });
    site.answer(answers(500, 200));
    let values: readonly ElementChange[] | undefined = [{ path: "status", old: "active", new: "stopped" }];
    const event = { type: "context.updated", data: { changes: [{ path: "status" }], of: 1 } } as const;
    await addEvent(db, { tenant, job: "j1", ...event });
    start({ changedValues: async () => values });
    await site.came(1);
    values = undefined;
    const [first, second] = await site.came(2);
    assert.deepEqual(bodyOf(first).data.changes, [{ path: "status", old: "active", new: "stopped" }]);
    assert.deepEqual(second?.body, first?.body);
  });

  test("values that are kept no longer: what was not sent yet goes without them, what was goes out no more", async () => {
    await setUp({ payload: "full", events: ["context.*"] });
    await addEvent(db, { tenant, job: "j1", type: "context.updated", data: { changes: [{ path: "status" }], of: 1 } });
    const delivery = start({ changedValues: async () => undefined });
    const [received] = await site.came(1);
    assert.deepEqual(bodyOf(received).data.changes, [{ path: "status" }]);
    await ended("delivered");
    await db.asOwner("update handover.delivery set state = 'pending', due_at = now() where tenant = $1", [tenant]);
    delivery.wake();
    await ended("withheld");
    assert.equal((await attemptsOf()).at(-1)?.["outcome"], "withheld");
  });

  test("another payload begins with what was not sent yet: what went thin stays thin, what went with its text goes no more", async () => {
    const endpoint = {
      events: ["*"],
      retry: { attempts: 50, baseSeconds: 0.1, factor: 1, maxSeconds: 1, jitter: 0 },
      breaker: { failures: 100, openSeconds: 60 },
    };
    await setUp(endpoint);
    const choose = async (payload: "thin" | "full") =>
      apply(database, aTenant(tenant, [{ ...endpoint, url: `${site.url}/hook`, payload }]));
    const text = { text: "the whole letter", sha256: "abc", docStatus: "final" };
    let status = 500;
    site.answer((_received, response) => response.writeHead(status).end());
    await choose("thin");
    await addEvent(db, { tenant, job: "j1", data });
    const delivery = start({ summaryText: async () => text });
    await eventually(async () => (await attemptsOf()).length > 0, "the thin one was tried");
    await choose("full");
    const tried = site.received.length;
    await site.came(tried + 2);
    await addEvent(db, { tenant, job: "j2", data });
    delivery.wake();
    await eventually(() => site.received.some(({ body }) => body.includes(text.text)), "the full one was tried");
    await choose("thin");
    await eventually(async () => (await states(db, tenant))[1] === "withheld", "the full one is withheld");
    status = 204;
    await ended("delivered", "withheld");
    const bodies = Map.groupBy(site.received, ({ headers }) => headers["webhook-id"]);
    assert.deepEqual(
      [...bodies.values()].map((all) => new Set(all.map(({ body }) => body.toString())).size),
      [1, 1],
    );
  });

  test("thin carries references only", async () => {
    await setUp();
    await addEvent(db, { tenant, job: "j1", data });
    start({ summaryText: async () => ({ text: "text", sha256: "abc", docStatus: "final" }) });
    const [received] = await site.came(1);
    assert.deepEqual(bodyOf(received).data.summary, data.summary);
  });
});

describe("callback of a job", () => {
  test("gets the events of its own job, signed with the registered endpoint's secret", async () => {
    await setUp({ events: ["document.written"] });
    await addJob(db, tenant, "mine", `${site.url}/hook/jobs/1`);
    await addEvent(db, { tenant, job: "mine", type: "task.progress" });
    const id = await addEvent(db, { tenant, job: "mine", type: "task.completed" });
    await addEvent(db, { tenant, job: "another", type: "task.completed" });
    start();
    const [received] = await site.came(1);
    assert.equal(received?.path, "/hook/jobs/1");
    assert.equal((new Webhook(secret).verify(received?.body ?? "", received?.headers ?? {}) as Body).id, id);
    const rows = await db.asOwner("select 1 from handover.delivery where tenant = $1", [tenant]);
    assert.equal(rows.length, 1, "only the callback's own event is owed");
  });

  test("at the very URL of a registered endpoint gets each event once: one id, one number, the same bytes", async () => {
    await setUp({ events: ["summary.*"] });
    await addJob(db, tenant, "mine", `${site.url}/hook`);
    const ended = await addEvent(db, { tenant, job: "mine", type: "task.completed" });
    const ready = await addEvent(db, { tenant, job: "mine", type: "summary.ready" });
    start();
    await eventually(async () => {
      const rows = await db.asOwner("select state from handover.delivery where tenant = $1", [tenant]);
      return rows.length >= 2 && rows.every((row) => row["state"] === "delivered");
    }, "all delivered");
    assert.equal(site.received.length, 2);
    assert.deepEqual(new Set(site.received.map(({ headers }) => headers["webhook-id"])), new Set([ended, ready]));
  });

  test("that lies under no registered URL any more gets nothing", async () => {
    await setUp();
    await addJob(db, tenant, "mine", `${site.url}/hook-evil`);
    await addEvent(db, { tenant, job: "mine", type: "task.completed" });
    start();
    await site.came(1);
    assert.deepEqual(
      site.received.map((one) => one.path),
      ["/hook"],
    );
  });
});
