/** The global order: nothing that commits late is ever skipped, and hints wake without carrying content. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { after, describe, test } from "node:test";
import { Client } from "pg";
import { takeNext } from "../../src/events/reader.ts";
import type { Sequencer } from "../../src/events/sequencer.ts";
import { startSequencer } from "../../src/events/sequencer.ts";
import { createWakeUp } from "../../src/events/wake-up.ts";
import { composeHeart, jobInput } from "../support/adapter-heart.ts";
import { eventually } from "../support/eventually.ts";
import { createTestDatabase } from "../support/postgres.ts";

const testDatabase = await createTestDatabase();
const heart = await composeHeart(testDatabase.open());
let successor: Sequencer | undefined;
after(async () => {
  await successor?.stop();
  await heart.close();
  await testDatabase.drop();
});

let number = 0;
async function newJob(tenant: string): Promise<string> {
  const { job } = await heart.jobs.create(
    jobInput({ tenant, encounter: `Encounter/x${(number += 1)}`, waitForLaunch: true }),
  );
  return job.id;
}

/** Everything in a tenant's feed, from the start. */
const feed = async (tenant: string) => heart.eventLog.readFeed(tenant, 0, 10_000);

describe("global order", () => {
  test("a transaction that was numbered first and commits last is not skipped by a reader that went on meanwhile", async () => {
    const tenant = "late";
    const [slow, fast] = [await newJob(tenant), await newJob(tenant)];
    await eventually(async () => (await feed(tenant)).length === 4, "both jobs' first events");
    const cursor = (await feed(tenant)).at(-1)?.position ?? 0;
    const held = Promise.withResolvers<void>();
    const appended = Promise.withResolvers<void>();
    const late = heart.database.worker.transaction(tenant, async (tx) => {
      await heart.eventLog.append(tx, tenant, slow, [{ type: "task.progress", data: { late: true } }]);
      appended.resolve();
      await held.promise;
    });
    await appended.promise;
    await heart.database.worker.transaction(tenant, (tx) =>
      heart.eventLog.append(tx, tenant, fast, [{ type: "task.progress", data: { late: false } }]),
    );
    heart.wakeUp.notify("appended");
    const first = await eventually(
      async () => (await heart.eventLog.readFeed(tenant, cursor, 10)).at(0),
      "the early commit's position",
    );
    assert.equal(first.job, fast, "an unrelated open transaction holds nobody up");
    held.resolve();
    await late;
    heart.wakeUp.notify("appended");
    const second = await eventually(
      async () => (await heart.eventLog.readFeed(tenant, first.position ?? 0, 10)).at(0),
      "the late commit after the cursor",
    );
    assert.deepEqual([second.job, second.data["late"]], [slow, true]);
  });

  test("a reader with a cursor sees every event once and each job's in order, with random delays and rollbacks", async () => {
    const tenant = "torture";
    const jobs = await Promise.all(Array.from({ length: 4 }, () => newJob(tenant)));
    const written = new AbortController();
    const seen: { id: string; job: string; sequence: number }[] = [];
    const reader = (async () => {
      let position = 0;
      for (let idle = 0; !written.signal.aborted || idle < 5;) {
        const events = await heart.eventLog.readFeed(tenant, position, 50);
        seen.push(...events.map(({ id, job, sequence }) => ({ id, job, sequence })));
        position = events.at(-1)?.position ?? position;
        idle = events.length === 0 ? idle + 1 : 0;
        await delay(events.length === 0 ? 10 : 0);
      }
    })();
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let turn = 0; turn < 25; turn += 1) {
        const job = jobs[(writer + turn) % jobs.length] ?? "";
        await heart.database.worker
          .transaction(tenant, async (tx) => {
            await heart.eventLog.append(tx, tenant, job, [{ type: "task.progress", data: {} }]);
            if (turn % 5 === 0) await delay((writer * 7 + turn) % 20);
            if ((writer + turn) % 17 === 0) throw new Error("rolled back");
          })
          .catch(() => undefined);
        heart.wakeUp.notify("appended");
      }
    });
    await Promise.all(writers);
    await eventually(
      async () =>
        (
          await testDatabase.asOwner("select 1 from handover.event where tenant = $1 and pos is null and not draft", [
            tenant,
          ])
        ).length === 0,
      "all positions",
    );
    written.abort();
    await reader;
    const stored = await testDatabase.asOwner("select id from handover.event where tenant = $1", [tenant]);
    assert.equal(new Set(seen.map((event) => event.id)).size, seen.length, "none twice");
    assert.equal(seen.length, stored.length, "none missed");
    for (const job of jobs) {
      const order = seen.filter((event) => event.job === job).map((event) => event.sequence);
      assert.deepEqual(
        order,
        order.map((_, index) => index + 1),
      );
    }
  });

  test("another replica sequences when the leader is gone, and also when it only stands still", async () => {
    const tenant = "takeover";
    const job = await newJob(tenant);
    await eventually(async () => (await feed(tenant)).length === 2, "the leader's work");
    await heart.sequencer.stop();
    // Holds the leader's lock and does nothing, as a frozen process does.
    const frozen = new Client({ connectionString: testDatabase.appUrl });
    await frozen.connect();
    await frozen.query("select pg_advisory_lock(1751215716, 1936028530)");
    const standby = startSequencer({ database: heart.database, wakeUp: heart.wakeUp, pollMs: 50, stallSeconds: 0.3 });
    try {
      await heart.database.worker.transaction(tenant, (tx) =>
        heart.eventLog.append(tx, tenant, job, [{ type: "task.progress", data: {} }]),
      );
      await eventually(async () => (await feed(tenant)).length === 3, "the standby's work");
      assert.equal(standby.leading, false);
      await frozen.end();
      await eventually(() => standby.leading, "the takeover");
      await heart.database.worker.transaction(tenant, (tx) =>
        heart.eventLog.append(tx, tenant, job, [{ type: "task.progress", data: {} }]),
      );
      heart.wakeUp.notify("appended");
      const events = await eventually(async () => {
        const all = await feed(tenant);
        return all.length === 4 ? all : undefined;
      }, "the new leader's work");
      assert.deepEqual(
        events.map((event) => event.sequence),
        [1, 2, 3, 4],
        "positions go on where they were",
      );
    } finally {
      await standby.stop();
    }
    successor = startSequencer({ database: heart.database, wakeUp: heart.wakeUp });
  });

  test("draft text stays out of the global order and is readable in the job's stream only", async () => {
    const tenant = "drafts";
    const job = await newJob(tenant);
    await heart.eventLog.append(heart.database.worker, tenant, job, [
      { type: "draft.delta", data: { section: "reason", attempt: 1, text: "Canaria" } },
    ]);
    const events = await heart.eventLog.readJob(tenant, job, 2, 10);
    assert.deepEqual(
      events.map((event) => [event.type, event.data["text"], event.position]),
      [["draft.delta", "Canaria", undefined]],
    );
    // What comes later in the same log has its place: draft text would have had one before it.
    await heart.database.worker.transaction(tenant, (tx) =>
      heart.eventLog.append(tx, tenant, job, [{ type: "summary.ready", data: {} }]),
    );
    heart.wakeUp.notify("appended");
    await eventually(async () => (await feed(tenant)).some(({ type }) => type === "summary.ready"), "a position");
    assert.ok((await feed(tenant)).every((event) => !event.type.startsWith("draft.")));
  });

  test("a feed by types takes exact names and patterns", async () => {
    const tenant = "types";
    const job = await newJob(tenant);
    await heart.database.worker.transaction(tenant, (tx) =>
      heart.eventLog.append(tx, tenant, job, [{ type: "summary.ready", data: {} }]),
    );
    heart.wakeUp.notify("appended");
    await eventually(async () => (await feed(tenant)).length === 3, "positions");
    const only = async (...types: string[]) =>
      (await heart.eventLog.readFeed(tenant, 0, 10, types)).map((event) => event.type);
    assert.deepEqual(await only("summary.*"), ["summary.ready"]);
    assert.deepEqual(await only("task.waiting"), ["task.waiting"]);
    assert.deepEqual(await only("*"), ["task.requested", "task.waiting", "summary.ready"]);
    assert.deepEqual(await only("nothing.*"), []);
  });

  test("many jobs are read by one statement, each from its own cursor", async () => {
    const tenant = "many";
    const [one, two] = [await newJob(tenant), await newJob(tenant)];
    const events = await heart.eventLog.readJobs(
      tenant,
      new Map([
        [one, 0],
        [two, 1],
      ]),
      10,
    );
    assert.deepEqual(
      events.filter((event) => event.job === one).map((event) => event.sequence),
      [1, 2],
    );
    assert.deepEqual(
      events.filter((event) => event.job === two).map((event) => event.sequence),
      [2],
    );
    assert.deepEqual(await heart.eventLog.readJobs("other", new Map([[one, 0]]), 10), []);
  });
});

describe("a reader of the whole log", () => {
  test("moves its cursor with its effect, and a second process finds it taken", async () => {
    await newJob("reader");
    await eventually(async () => (await feed("reader")).length === 2, "positions");
    const { worker } = heart.database;
    const failing = worker.transaction(null, async (tx) => {
      const taken = await takeNext(tx, "test-reader", 1_000);
      assert.ok(taken !== undefined && taken.events.length >= 2);
      const second = await worker.transaction(null, (other) => takeNext(other, "test-reader", 10));
      assert.equal(second, undefined);
      throw new Error("the effect failed");
    });
    await assert.rejects(failing, /the effect failed/u);
    const again = await worker.transaction(null, (tx) => takeNext(tx, "test-reader", 1_000));
    assert.ok(again !== undefined && again.events.length >= 2, "nothing has moved");
    const next = await worker.transaction(null, (tx) => takeNext(tx, "test-reader", 10));
    assert.deepEqual(next?.events, []);
  });
});

describe("wake-up", () => {
  test("reaches this process and others, coalesced, with ids only", async () => {
    const [near, far] = [createWakeUp(heart.database), createWakeUp(heart.database)];
    const spy = new Client({ connectionString: testDatabase.appUrl });
    await spy.connect();
    const payloads: string[] = [];
    spy.on("notification", (message) => payloads.push(message.payload ?? ""));
    await spy.query("listen handover_wake");
    try {
      await eventually(() => near.listening && far.listening, "listening");
      const heard = { near: new Set<string>(), far: new Set<string>() };
      near.subscribe("job", (keys) => keys.forEach((key) => heard.near.add(key)));
      far.subscribe("job", (keys) => keys.forEach((key) => heard.far.add(key)));
      const keys = Array.from({ length: 500 }, (_, index) => `tenant/${"0".repeat(30)}${index}`);
      for (const key of keys) near.notify("job", key);
      await eventually(() => heard.near.size === 500 && heard.far.size === 500, "all keys on both sides");
      assert.ok(payloads.length < 20, `${payloads.length} notifications for 500 hints`);
      assert.ok(payloads.every((payload) => Buffer.byteLength(payload) < 8_000));
    } finally {
      await spy.end();
      await near.close();
      await far.close();
    }
  });

  test("comes back after its connection was cut, and tells what can be told", async () => {
    const wakeUp = createWakeUp(heart.database);
    try {
      await eventually(() => wakeUp.listening, "listening");
      let hints = 0;
      wakeUp.subscribe("sequenced", () => (hints += 1));
      await testDatabase.asOwner(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'handover-listen' and datname = current_database()",
      );
      await eventually(() => hints > 0 && wakeUp.listening, "the hint after the reconnect");
    } finally {
      await wakeUp.close();
    }
  });
});
