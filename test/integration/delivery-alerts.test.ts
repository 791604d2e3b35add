/** What somebody is told of endpoints: once for each change, whichever replica sees it, and not again after a restart. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { EndpointConfig } from "../../src/config/tenant-schema.ts";
import type { Database } from "../../src/db/database.ts";
import { watchBacklogs } from "../../src/delivery/backlog-watch.ts";
import type { TellOfEndpoint } from "../../src/delivery/operational.ts";
import { aTenant, addEvents, apply, startDelivery, states } from "../support/delivery.ts";
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
let told: { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[] = [];
const closing: (() => Promise<unknown>)[] = [];

const tell: TellOfEndpoint = async (_tx, about, _endpoint, events) => {
  if (about === tenant) told.push(...events);
};
const types = (): string[] => told.map(({ type }) => type);

before(async () => {
  db = await createTestDatabase();
  database = db.open();
});
after(() => db.drop());
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  told = [];
});

async function setUp(endpoint: Partial<EndpointConfig> = {}): Promise<void> {
  tenant = `alerts${(number += 1)}`;
  site = await webhookSite();
  closing.push(() => site.close());
  const retry = { attempts: 3, baseSeconds: 0.01, factor: 1, maxSeconds: 1, jitter: 0 };
  const breaker = { failures: 1000, openSeconds: 1 };
  await apply(database, aTenant(tenant, [{ url: `${site.url}/hook`, events: ["*"], retry, breaker, ...endpoint }]));
}

/** What failed once stays owed for the whole test. */
const longWait = { attempts: 3, baseSeconds: 600, factor: 1, maxSeconds: 600, jitter: 0 };

const start = () => {
  const delivery = startDelivery(database, { tell });
  closing.push(() => delivery.stop(0));
  return delivery;
};
const ended = (...expected: string[]) =>
  eventually(async () => (await states(db, tenant)).join() === expected.join(), expected.join(), 20_000);

describe("an endpoint that fails often", () => {
  test("is told of at its fifth failure, and by no later lane, replica or restart again", async () => {
    await setUp();
    site.answer((_received, response) => response.writeHead(500).end());
    await addEvents(db, { tenant, job: "j1" }, 3);
    const [first] = [start(), start()];
    await ended("dead", "dead", "dead");
    await first?.stop(0);
    await addEvents(db, { tenant, job: "j1" }, 2);
    await ended(...Array.from({ length: 5 }, () => "dead"));
    assert.equal(types().filter((type) => type === "endpoint.troubled").length, 1);
    const trouble = told.find(({ type }) => type === "endpoint.troubled");
    assert.deepEqual(trouble?.data, { endpoint: "his", failures: 5, withinSeconds: 600, code: "http_500" });
    const [row] = await db.asOwner("select standing from handover.endpoint where tenant = $1", [tenant]);
    assert.partialDeepStrictEqual(row?.["standing"], { troubled: { told: true } });
  });

  test("is told of anew once it had calmed down", async () => {
    await setUp();
    await db.asOwner("update handover.endpoint set standing = $2 where tenant = $1", [
      tenant,
      JSON.stringify({ troubled: { failedAtMs: Array.from({ length: 5 }, () => Date.now() - 700_000), told: true } }),
    ]);
    site.answer((_received, response) => response.writeHead(500).end());
    await addEvents(db, { tenant, job: "j1" }, 2);
    start();
    await ended("dead", "dead");
    assert.equal(types().filter((type) => type === "endpoint.troubled").length, 1);
  });
});

describe("the circuit", () => {
  test("is told to be open once, however often its probe fails, and to be closed once", async () => {
    await setUp({
      concurrency: 1,
      breaker: { failures: 3, openSeconds: 1 },
      retry: { attempts: 50, baseSeconds: 0.01, factor: 1, maxSeconds: 1, jitter: 0 },
    });
    let failures = 5;
    site.answer((_received, response) => response.writeHead((failures -= 1) >= 0 ? 500 : 204).end());
    await addEvents(db, { tenant, job: "j1" }, 2);
    start();
    await ended("delivered", "delivered");
    const circuit = told.filter(({ type }) => type.startsWith("endpoint.circuit"));
    assert.deepEqual(
      circuit.map(({ type }) => type),
      ["endpoint.circuit_opened", "endpoint.circuit_closed"],
    );
    assert.equal(circuit[0]?.data["failures"], 3);
    assert.ok(Date.parse(String(circuit[0]?.data["probeAt"])) > Date.now() - 60_000);
  });
});

describe("a backlog", () => {
  const watch = (limit: number | undefined) =>
    watchBacklogs({ pool: database.worker, tell, limitSeconds: (of) => (of === tenant ? limit : undefined) });
  /** Rows of endpoints that any scan has read so far, as this database counts them. */
  const rowsRead = async (): Promise<number> => {
    // Sessions hand in their counts when they are idle, at most once a second: asked to, at once.
    await database.worker.query("select pg_stat_force_next_flush()", []);
    const [row] = await db.asOwner(
      "select (seq_tup_read + idx_tup_fetch)::int as n from pg_stat_user_tables where relname = 'endpoint' and schemaname = 'handover'",
    );
    return Number(row?.["n"]);
  };
  const old = (seconds: number) =>
    db.asOwner(
      "update handover.delivery set created_at = now() - $2 * interval '1 second', due_at = now() + interval '1 hour' where tenant = $1",
      [tenant, seconds],
    );

  test("that waits too long is told of once by all replicas together, and so is that it was worked off", async () => {
    await setUp({ retry: longWait });
    site.answer((_received, response) => response.writeHead(500).end());
    await addEvents(db, { tenant, job: "j1" }, 2);
    const delivery = start();
    await site.came(1);
    await delivery.stop(0);
    await old(400);
    await Promise.all([watch(300), watch(300), watch(300)]);
    await watch(300);
    assert.deepEqual(
      told.filter(({ type }) => type === "endpoint.behind").map(({ data }) => [data["pending"], data["endpoint"]]),
      [[2, "his"]],
    );
    await old(200);
    await watch(300);
    assert.ok(!types().includes("endpoint.caught_up"), "not yet");
    await old(20);
    await Promise.all([watch(300), watch(300)]);
    await watch(300);
    assert.equal(types().filter((type) => type === "endpoint.caught_up").length, 1);
  });

  test("is found by what is owed: looking costs nothing for endpoints that are owed nothing", async () => {
    await setUp({ retry: longWait });
    await db.asOwner(
      `insert into handover.endpoint (tenant, id, kind, origin, settings)
       select $1, 'callback-' || n, 'webhook', 'callback', '{}' from generate_series(1, 20000) n`,
      [tenant],
    );
    await db.asOwner("analyze handover.endpoint");
    site.answer((_received, response) => response.writeHead(500).end());
    await addEvents(db, { tenant, job: "j1" }, 1);
    const delivery = start();
    await site.came(1);
    await delivery.stop(0);
    await old(400);
    const before = await rowsRead();
    await watch(300);
    assert.deepEqual(
      told.filter(({ type }) => type === "endpoint.behind").map(({ data }) => data["endpoint"]),
      ["his"],
    );
    assert.ok((await rowsRead()) - before < 2_000, "the 20,000 were not walked through");
  });

  test("within the tenant's limit, or of a tenant that is not served, is nobody's news", async () => {
    await setUp({ retry: longWait });
    site.answer((_received, response) => response.writeHead(500).end());
    await addEvents(db, { tenant, job: "j1" }, 1);
    const delivery = start();
    await site.came(1);
    await delivery.stop(0);
    await old(400);
    await watch(500);
    await watch(undefined);
    assert.ok(!types().includes("endpoint.behind"));
  });
});
