/** A worker that dies between POST and record, or is thought dead, repeats under the same id; nothing is lost or recorded twice. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { Database } from "../../src/db/database.ts";
import type { RunningDelivery } from "../support/delivery.ts";
import { aTenant, addEvents, apply, startDelivery, states } from "../support/delivery.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { eventually } from "../support/eventually.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";

let db: TestDatabase;
let database: Database;
let site: WebhookSite;
let tenant: string;
let number = 0;
const running: RunningDelivery[] = [];
const children: ChildProcess[] = [];

before(async () => {
  db = await createTestDatabase();
  database = db.open();
});
after(() => db.drop());
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const delivery of running.splice(0)) await delivery.stop(0);
  await site.close();
});

async function setUp(endpoint: object = {}): Promise<void> {
  tenant = `t${(number += 1)}`;
  site = await webhookSite();
  await apply(database, aTenant(tenant, [{ url: site.url, events: ["*"], ratePerSecond: 10_000, ...endpoint }]));
}

function startProcess(): ChildProcess {
  const env = { ...process.env, FAULT_DATABASE_URL: db.appUrl };
  const child = fork(join(import.meta.dirname, "delivery-process.ts"), { env });
  children.push(child);
  return child;
}

function start(changes: Parameters<typeof startDelivery>[1] = {}): RunningDelivery {
  const delivery = startDelivery(database, changes);
  running.push(delivery);
  return delivery;
}

const allDelivered = (count: number, timeoutMs = 30_000) =>
  eventually(
    async () => (await states(db, tenant)).filter((state) => state === "delivered").length === count,
    `${count} delivered`,
    timeoutMs,
  );
const idsOf = (): string[] => site.received.map((one) => one.headers["webhook-id"] ?? "");

describe("kill -9", () => {
  test("at five moments between POST and record: every event arrives, repeats carry the same id and bytes", async () => {
    await setUp();
    const killAt = [3, 300, 640, 641, 1200];
    let kills = 0;
    let child = startProcess();
    let gone = once(child, "exit");
    site.answer((_received, response) => {
      // Requests of a worker that is dead already still come in: they must not use up the next one's kill.
      const dies = !child.killed && site.received.length >= (killAt[kills] ?? Number.POSITIVE_INFINITY);
      // Every second time the answer is on its way when the worker dies, else it never comes.
      if (!dies || kills % 2 === 0) response.writeHead(204).end();
      if (!dies) return;
      kills += 1;
      child.kill("SIGKILL");
    });
    const ids = await addEvents(db, { tenant, job: "j1" }, 1500);
    for (const _ of killAt) {
      await gone;
      child = startProcess();
      gone = once(child, "exit");
    }
    await allDelivered(1500);
    assert.deepEqual(new Set(idsOf()), new Set(ids), "nothing is lost, nothing is made up");
    const bytes = Map.groupBy(site.received, (one) => one.headers["webhook-id"]);
    for (const [id, copies] of bytes) assert.equal(new Set(copies.map((one) => one.body.toString("hex"))).size, 1, id);
    const repeated = site.received.length - ids.length;
    // Lost at a kill: what was in flight (an endpoint's concurrency is 4), what was answered but not yet recorded (a lane records
    // when 50 have come), and as much again that came while that statement ran.
    assert.ok(repeated <= killAt.length * (4 + 50 + 50), `${repeated} repeats`);
    const attempts = await db.asOwner(
      "select count(*)::int as n from handover.attempt where tenant = $1 and outcome = 'delivered'",
      [tenant],
    );
    assert.equal(attempts[0]?.["n"], 1500, "each delivery is recorded once");
  });
});

describe("a lane that was lost", () => {
  test("records nothing any more: the newer lane's word counts, and the event went out twice under one id", async () => {
    await setUp();
    const answers: (() => void)[] = [];
    site.answer((_received, response) => {
      if (site.received.length === 1) answers.push(() => response.writeHead(500).end());
      else response.writeHead(204).end();
    });
    const [id] = await addEvents(db, { tenant, job: "j1" }, 1);
    // A long lease, so that the first lane does not notice by renewing it.
    const first = start({ leaseMs: 60_000 });
    await site.came(1);
    start();
    // Again and again: the first lane may just be renewing its lease, which is its right until another has taken it.
    const runOut =
      "update handover.endpoint set lane_until = now() - interval '1 second' where tenant = $1 and lane_epoch = 1";
    await eventually(async () => {
      if (site.received.length === 1) await db.asOwner(runOut, [tenant]);
      return site.received.length === 2;
    }, "the second lane's request");
    await allDelivered(1);
    answers[0]?.();
    await first.stop();
    assert.deepEqual(idsOf(), [id, id]);
    const attempts = await db.asOwner("select outcome, code from handover.attempt where tenant = $1", [tenant]);
    assert.deepEqual(attempts, [{ outcome: "delivered", code: "http_204" }]);
  });

  test("two replicas work one endpoint in turns: never more in flight than its concurrency", async () => {
    await setUp({ concurrency: 2 });
    site.answer((_received, response) => setTimeout(() => response.writeHead(204).end(), 2));
    const ids = await addEvents(db, { tenant, job: "j1" }, 60);
    start();
    start();
    await allDelivered(60);
    assert.ok(site.load.most <= 2);
    assert.deepEqual(idsOf().toSorted(), [...ids].toSorted(), "without a fault each goes out once");
  });
});

describe("a graceful stop", () => {
  test("lets what is in flight finish and leaves the rest to the next replica: nothing goes out twice", async () => {
    await setUp({ concurrency: 3 });
    site.answer((_received, response) => setTimeout(() => response.writeHead(204).end(), 20));
    const ids = await addEvents(db, { tenant, job: "j1" }, 30);
    const first = start();
    await site.came(5);
    await first.stop(5000);
    const before = site.received.length;
    assert.ok(before < 30, "the stop came in mid-work");
    start();
    await allDelivered(30);
    assert.deepEqual(idsOf().toSorted(), [...ids].toSorted());
  });

  test("cuts short what does not finish in time; it costs no attempt", async () => {
    await setUp();
    let hangs = true;
    site.answer((_received, response) => {
      if (!hangs) response.writeHead(204).end();
    });
    await addEvents(db, { tenant, job: "j1" }, 1);
    const first = start();
    await site.came(1);
    await first.stop(50);
    assert.deepEqual(await states(db, tenant), ["pending"]);
    hangs = false;
    start();
    await allDelivered(1);
    assert.equal((await db.asOwner("select 1 from handover.attempt where tenant = $1", [tenant])).length, 1);
  });
});

describe("the fan-out", () => {
  test("that fails in mid-transaction has moved nothing: numbers stay gapless and every event is owed once", async () => {
    await setUp();
    let failures = 3;
    const kick = async (): Promise<void> => {
      failures -= 1;
      if (failures >= 0) throw new Error("the connection broke");
    };
    await addEvents(db, { tenant, job: "j1" }, 10);
    const delivery = start({ kicks: { kick, workKicks: () => async () => undefined } });
    await eventually(() => {
      delivery.wake();
      return failures < 0;
    }, "the failures are used up");
    await allDelivered(10);
    const rows = await db.asOwner(
      "select sequence::int as sequence from handover.delivery where tenant = $1 order by sequence",
      [tenant],
    );
    assert.deepEqual(
      rows.map((row) => row["sequence"]),
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
  });

  test("by two replicas at once owes every event once", async () => {
    await setUp();
    start();
    start();
    for (let round = 0; round < 10; round += 1) {
      await addEvents(db, { tenant, job: `j${round}` }, 5);
      for (const delivery of running) delivery.wake();
    }
    await allDelivered(50);
    assert.equal(site.received.length, 50);
  });
});
