/** When deliveries go out: slowing down, giving up by time, waiting for an earlier event of the same job, the forward proxy. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import type { EndpointConfig } from "../../src/config/tenant-schema.ts";
import type { Database } from "../../src/db/database.ts";
import type { OperationalEvent } from "../../src/delivery/operational.ts";
import { createEgressClient } from "../../src/egress/client.ts";
import { postOver } from "../../src/egress/post.ts";
import type { RunningDelivery } from "../support/delivery.ts";
import { aTenant, addEvent, addEvents, answers, apply, startDelivery, states } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";

let db: TestDatabase;
let database: Database;
let site: WebhookSite;
let tenant: string;
let number = 0;
const closing: (() => Promise<unknown>)[] = [];
const told: OperationalEvent[] = [];

before(async () => {
  db = await createTestDatabase();
  database = db.open();
});
after(() => db.drop());
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  told.length = 0;
});

async function setUp(endpoint: Partial<EndpointConfig> = {}): Promise<void> {
  tenant = `s${(number += 1)}`;
  site = await webhookSite();
  closing.push(() => site.close());
  await apply(database, aTenant(tenant, [{ url: `${site.url}/hook`, events: ["*"], ...endpoint }]));
}

function start(changes: Parameters<typeof startDelivery>[1] = {}): RunningDelivery {
  // Endpoints of earlier tests are still tried, and fail: what is told of them is theirs.
  const tell = async (_tx: unknown, about: string, _endpoint: string, events: readonly OperationalEvent[]) =>
    void (about === tenant && told.push(...events));
  const delivery = startDelivery(database, { tell, ...changes });
  closing.push(() => delivery.stop(0));
  return delivery;
}

const endpointRow = async () => {
  const [row] = await db.asOwner(
    "select status, reason, standing, circuit, circuit_failures from handover.endpoint where tenant = $1 and id = 'his'",
    [tenant],
  );
  return row ?? {};
};
const ended = (...expected: string[]) =>
  eventually(async () => (await states(db, tenant)).join() === expected.join(), `states ${expected.join()}`, 20_000);
const codes = async () =>
  (await db.asOwner("select code from handover.attempt where tenant = $1 order by started_at, number", [tenant])).map(
    (row) => String(row["code"]),
  );

/** As if the endpoint had failed, and nothing else, since so many hours. */
const failingSince = (hours: number) =>
  db.asOwner("update handover.endpoint set standing = $2 where tenant = $1", [
    tenant,
    JSON.stringify({
      failing: { sinceMs: Date.now() - hours * 3_600_000, lastMs: Date.now() - 3_600_000, warned: 0 },
    }),
  ]);

describe("an endpoint that answers 429, 502 or 504", () => {
  test("is slowed down, and its next lane knows", async () => {
    const hourly = { attempts: 5, baseSeconds: 3600, factor: 1, maxSeconds: 3600, jitter: 0 };
    await setUp({ concurrency: 8, ratePerSecond: 1000, retry: hourly });
    site.answer(answers(502));
    await addEvents(db, { tenant, job: "j1" }, 4);
    start();
    await site.came(4);
    await eventually(
      async () => (await endpointRow())["standing"] !== null && "throttle" in Object(await standing()),
      "a throttle in the row",
    );
    const { throttle } = (await standing()) as { throttle: { share: number } };
    // Four answers to one burst are one sign.
    assert.equal(throttle.share, 0.5);
  });

  test("is sent no more at once than its share", async () => {
    await setUp({ concurrency: 8, ratePerSecond: 1000 });
    await db.asOwner("update handover.endpoint set standing = $2 where tenant = $1", [
      tenant,
      // Slowed a moment ahead, so that it does not recover while the test runs.
      JSON.stringify({ throttle: { share: 1 / 32, atMs: Date.now() + 60_000 } }),
    ]);
    site.answer((_received, response) => setImmediate(() => response.writeHead(204).end()));
    await addEvents(db, { tenant, job: "j1" }, 6);
    start();
    await ended(...Array.from({ length: 6 }, () => "delivered"));
    assert.equal(site.load.most, 1);
  });
});

describe("Retry-After", () => {
  test("of an hour is obeyed up to the endpoint's own ceiling", async () => {
    const oneSecond = 1 / 3600;
    await setUp({ retryAfterCeilingHours: oneSecond });
    site.answer((_received, response) =>
      response.writeHead(site.received.length === 1 ? 503 : 204, { "retry-after": "3600" }).end(),
    );
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("delivered");
    const [first, second] = site.received;
    assert.ok(first && second);
    assert.ok(second.atMs - first.atMs >= 990, "not before the ceiling");
  });
});

const standing = async (): Promise<unknown> => (await endpointRow())["standing"];

describe("an endpoint that only fails", () => {
  test("is disabled after 120 h, tells so, and what it is owed is held", async () => {
    await setUp();
    await failingSince(121);
    site.answer(answers(500));
    await addEvents(db, { tenant, job: "j1" }, 3);
    start();
    await ended("held", "held", "held");
    const row = await endpointRow();
    assert.deepEqual([row["status"], row["reason"]], ["disabled", "failing"]);
    assert.deepEqual(
      told.map(({ type, data }) => [type, data["reason"]]),
      [["endpoint.disabled", "failing"]],
    );
  });

  test("is warned of once at each share of its own limit", async () => {
    await setUp({
      disableAfterHours: 100,
      retry: { attempts: 4, baseSeconds: 0.05, factor: 1, maxSeconds: 1, jitter: 0 },
    });
    await failingSince(75);
    site.answer(answers(500));
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("dead");
    assert.deepEqual(
      told.map(({ type, data }) => [type, data["percent"]]),
      [
        ["endpoint.failing", 70],
        ["delivery.exhausted", undefined],
      ],
    );
    assert.equal((await endpointRow())["status"], "active");
  });

  test("one success ends it; 0 hours never disables", async () => {
    await setUp({ disableAfterHours: 0 });
    await failingSince(9000);
    site.answer(answers(500, 204));
    await addEvents(db, { tenant, job: "j1" }, 2);
    start();
    await ended("delivered", "delivered");
    assert.deepEqual(told, []);
    assert.ok(!("failing" in Object(await standing())));
  });
});

describe("ordering per job (bounded)", () => {
  test("an event waits for the earlier one of its job, and not for ever: then it goes first, visibly", async () => {
    await setUp({
      ordering: "per-job",
      orderingMaxWaitSeconds: 600,
      retry: { attempts: 5, baseSeconds: 3600, factor: 1, maxSeconds: 3600, jitter: 0 },
    });
    site.answer(answers(500, 204));
    await addEvents(db, { tenant, job: "j1" }, 2);
    await addEvent(db, { tenant, job: "j2" });
    start();
    await ended("pending", "pending", "delivered");
    assert.equal(site.received.length, 2, "the second of j1 waits for the first, j2 does not");
    // Ten minutes on.
    await db.asOwner(
      "update handover.delivery set due_at = now() - interval '601 seconds' where tenant = $1 and sequence = 2",
      [tenant],
    );
    await ended("pending", "delivered", "delivered");
    const overtook = await db.asOwner(
      "select sequence, overtook from handover.delivery where tenant = $1 order by sequence",
      [tenant],
    );
    assert.deepEqual(
      overtook.map((row) => row["overtook"]),
      [null, "1", null],
    );
    // Whoever is owed the first still gets it, with the lower number.
    await db.asOwner("update handover.delivery set due_at = now() where tenant = $1 and sequence = 1", [tenant]);
    await ended("delivered", "delivered", "delivered");
  });

  test("what is on its way at that moment is waited for in any case", async () => {
    await setUp({ ordering: "per-job", orderingMaxWaitSeconds: 1, timeoutSeconds: 30 });
    const held = Promise.withResolvers<void>();
    site.answer((_received, response) => void held.promise.then(() => response.writeHead(204).end()));
    await addEvents(db, { tenant, job: "j1" }, 2);
    start();
    await site.came(1);
    await db.asOwner(
      "update handover.delivery set due_at = now() - interval '1 hour' where tenant = $1 and sequence = 2",
      [tenant],
    );
    // Two sweeps of the lane go by.
    await addEvent(db, { tenant, job: "j2" });
    await site.came(2);
    assert.deepEqual(
      site.received.map(({ body }) => (JSON.parse(String(body)) as { data: { job: string } }).data.job),
      ["j1", "j2"],
    );
    held.resolve();
    await ended("delivered", "delivered", "delivered");
  });
});

describe("a forward proxy", () => {
  async function proxy(
    how: (head: { readonly target: string; readonly socket: Socket; readonly authorization: string }) => void,
  ): Promise<string> {
    const server: Server = createServer((_request, response) => response.writeHead(405).end());
    server.on("connect", (request, stream) => {
      const socket = stream as Socket;
      socket.on("error", () => undefined);
      how({ target: request.url ?? "", socket, authorization: request.headers["proxy-authorization"] ?? "" });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    return `http://user:pass%40word@127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function startBehind(proxyUrl: string): void {
    const client = createEgressClient({ allow: ["127.0.0.1/32"], allowHttp: true, proxy: proxyUrl });
    closing.push(() => client.close());
    start({ post: () => postOver(client) });
  }

  test("carries deliveries, with its own credentials and none of the endpoint's headers", async () => {
    await setUp();
    let asked = "";
    const url = await proxy(({ target, socket, authorization }) => {
      asked = authorization;
      const [host = "", port = ""] = target.split(":");
      const through = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        through.pipe(socket).pipe(through);
      });
      through.on("error", () => socket.destroy());
    });
    await addEvent(db, { tenant, job: "j1" });
    startBehind(url);
    await ended("delivered");
    assert.equal(asked, `Basic ${Buffer.from("user:pass@word").toString("base64")}`);
    assert.equal(site.received[0]?.headers["proxy-authorization"], undefined);
  });

  for (const [what, answer] of [
    ["refuses its credentials", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"],
    ["reaches nobody", "HTTP/1.1 502 Bad Gateway\r\n\r\n"],
    ["breaks off", ""],
  ] as const) {
    test(`that ${what} is not the endpoint's failure: neither circuit nor clock hear of it`, async () => {
      await setUp({ breaker: { failures: 1, openSeconds: 60 } });
      const url = await proxy(({ socket }) => void socket.end(answer));
      await addEvent(db, { tenant, job: "j1" });
      startBehind(url);
      await eventually(async () => (await codes()).length >= 2, "two attempts", 15_000);
      assert.deepEqual(new Set(await codes()), new Set(["proxy_failed"]));
      const row = await endpointRow();
      assert.deepEqual([row["circuit"], row["circuit_failures"], row["standing"]], ["closed", 0, {}]);
      assert.equal(site.received.length, 0);
    });
  }

  test("that is down is not the endpoint's failure either", async () => {
    await setUp({ breaker: { failures: 1, openSeconds: 60 } });
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    await addEvent(db, { tenant, job: "j1" });
    startBehind(`http://127.0.0.1:${port}`);
    await eventually(async () => (await codes()).length >= 2, "two attempts", 15_000);
    assert.deepEqual(new Set(await codes()), new Set(["proxy_failed"]));
    assert.equal((await endpointRow())["circuit"], "closed");
  });
});
