/** Lanes between two events: they linger, are handed what their endpoint is owed, and let go (ADR 0008, ADR 0013). */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Database } from "../../src/db/database.ts";
import type { DeliveryDependencies } from "../../src/delivery/delivery.ts";
import { fanOutStep } from "../../src/delivery/fan-out.ts";
import type { WakeUp } from "../../src/events/event-log.ts";
import type { RunningDelivery } from "../support/delivery.ts";
import {
  aTenant,
  addEvent,
  addEvents,
  appendEvents,
  apply,
  givePositions,
  startDelivery,
  states,
} from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import { memoryWakeUp } from "../support/memory-log.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";

let db: TestDatabase;
let database: Database;
let site: WebhookSite;
let tenant: string;
let number = 0;
const closing: (() => Promise<void>)[] = [];

before(async () => {
  db = await createTestDatabase();
  database = db.open();
});
after(() => db.drop());
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function setUp(endpoint: object = {}): Promise<void> {
  tenant = `t${(number += 1)}`;
  site = await webhookSite();
  closing.push(() => site.close());
  await apply(database, aTenant(tenant, [{ url: `${site.url}/hook`, events: ["*"], ...endpoint }]));
}

/** No sweep comes to anybody's help within a test. */
function start(changes: Partial<DeliveryDependencies> = {}): RunningDelivery {
  const delivery = startDelivery(database, { sweepMs: 60_000, ...changes });
  closing.push(() => delivery.stop(0));
  return delivery;
}

/** A worker pool that keeps the names of the CTEs and tables that its statements begin with. */
function watched(afterTake = async (): Promise<void> => undefined): {
  readonly pools: Database;
  readonly taken: () => number;
} {
  let taken = 0;
  const worker: Database["worker"] = {
    ...database.worker,
    async query(text, values) {
      const answer = await database.worker.query(text, values);
      // Endpoints of earlier tests are taken as well.
      if (!text.includes("lane_epoch = e.lane_epoch + 1") || values?.[0] !== tenant) return answer;
      taken += 1;
      await afterTake();
      return answer;
    },
  };
  return { pools: { ...database, worker }, taken: () => taken };
}

const allDelivered = (count: number) =>
  eventually(async () => {
    const found = await states(db, tenant);
    return found.length === count && found.every((state) => state === "delivered");
  }, `${count} delivered`);
const isHeld = async (): Promise<boolean> => {
  const [row] = await db.asOwner("select lane_until > now() as held from handover.endpoint where tenant = $1", [
    tenant,
  ]);
  return row?.["held"] === true;
};

describe("a lane with nothing left to send", () => {
  test("stays for a moment: the next events go out in their order, each once, without an endpoint taken anew", async () => {
    await setUp({ concurrency: 1 });
    const { pools, taken } = watched();
    const delivery = startDelivery(pools, { sweepMs: 60_000, lingerMs: 60_000 });
    closing.push(() => delivery.stop(0));
    const ids: string[] = [];
    for (let round = 1; round <= 5; round += 1) {
      ids.push(...(await addEvents(db, { tenant, job: "j1" }, round)));
      delivery.wake();
      await site.came(ids.length);
    }
    await allDelivered(ids.length);
    assert.deepEqual(
      site.received.map(({ headers }) => headers["webhook-id"]),
      ids,
    );
    assert.equal(taken(), 1);
  });

  test("lets go soon, so that another replica may have the endpoint", async () => {
    await setUp();
    await addEvent(db, { tenant, job: "j1" });
    start({ lingerMs: 100 });
    await allDelivered(1);
    await eventually(async () => !(await isHeld()), "the endpoint is free");
  });

  test("notices itself that something is to be tried again, for the sweep passes over it", async () => {
    await setUp({ retry: { attempts: 3, baseSeconds: 0.2, factor: 1, maxSeconds: 1, jitter: 0 } });
    site.answer((_received, response) => response.writeHead(site.received.length === 1 ? 500 : 204).end());
    await addEvent(db, { tenant, job: "j1" });
    start({ lingerMs: 60_000, leaseMs: 120_000 });
    await allDelivered(1);
    assert.equal(site.received.length, 2);
  });

  test("sends nothing by settings that were changed meanwhile", async () => {
    await setUp();
    const delivery = start({ lingerMs: 60_000, leaseMs: 120_000 });
    await addEvent(db, { tenant, job: "j1" });
    delivery.wake();
    await allDelivered(1);
    await apply(database, aTenant(tenant, [{ url: `${site.url}/other`, events: ["*"] }]));
    await addEvent(db, { tenant, job: "j1" });
    delivery.wake();
    await allDelivered(2);
    assert.deepEqual(
      site.received.map(({ path }) => path),
      ["/hook", "/other"],
    );
  });

  for (const [who, tell] of [
    ["the queue", (delivery: RunningDelivery) => delivery.kick({ tenant, endpoint: "his" })],
    ["another replica", (_delivery: RunningDelivery, wakeUp: WakeUp) => wakeUp.notify("delivery", `${tenant}/his`)],
  ] as const)
    test(`finds what ${who} told of while its endpoint was being taken`, async () => {
      await setUp();
      await addEvent(db, { tenant, job: "j1" });
      const meanwhile = async (): Promise<void> => {
        await addEvent(db, { tenant, job: "j1" });
        await eventually(async () => {
          await fanOutStep({ pool: database.worker, topicEvents: () => undefined });
          return (await states(db, tenant)).length === 2;
        }, "two are owed");
        tell(delivery, wakeUp);
      };
      const { pools } = watched(meanwhile);
      const wakeUp = memoryWakeUp();
      // The first is never answered: no record and no renewal of the lane comes upon the second by chance.
      site.answer(() => undefined);
      const delivery = startDelivery(pools, { wakeUp, sweepMs: 60_000, lingerMs: 60_000, leaseMs: 120_000 });
      closing.push(() => delivery.stop(0));
      await site.came(2);
    });

  test("of another replica is told what its endpoint is owed", async () => {
    await setUp();
    const [here, there] = [memoryWakeUp(), memoryWakeUp()];
    start({ wakeUp: here, lingerMs: 60_000, leaseMs: 120_000 });
    await addEvent(db, { tenant, job: "j1" });
    here.notify("sequenced");
    await allDelivered(1);
    there.subscribe("delivery", (keys) => {
      for (const key of keys) here.notify("delivery", key);
    });
    start({ wakeUp: there });
    for (let count = 2; count <= 6; count += 1) {
      await addEvent(db, { tenant, job: "j1" });
      there.notify("sequenced");
      await allDelivered(count);
    }
    assert.equal(site.received.length, 6);
  });
});

describe("an open circuit", () => {
  test("is every replica's: none sends until its time has come, and then one probe", async () => {
    await setUp({ breaker: { failures: 2, openSeconds: 3600 }, concurrency: 1, retry: { preset: "standard" } });
    site.answer((_received, response) => response.writeHead(500).end());
    await addEvents(db, { tenant, job: "j1" }, 2);
    const first = start();
    const circuit = async () => {
      const [row] = await db.asOwner("select circuit from handover.endpoint where tenant = $1", [tenant]);
      return row?.["circuit"];
    };
    await eventually(async () => (await circuit()) === "open" && !(await isHeld()), "the circuit is open");
    await first.stop(0);
    await addEvents(db, { tenant, job: "j2" }, 2);
    const wakeUp = memoryWakeUp();
    const refused = new Promise<void>((resolve) => wakeUp.subscribe("delivery", () => resolve()));
    const second = start({ wakeUp });
    await refused;
    assert.equal(site.received.length, 2);
    await db.asOwner("update handover.endpoint set circuit_until = now() where tenant = $1", [tenant]);
    second.kick({ tenant, endpoint: "his" });
    await site.came(3);
    await eventually(async () => (await circuit()) === "open" && !(await isHeld()), "the probe has told");
    assert.equal(site.received.length, 3);
  });
});

describe("events without a position", () => {
  const positions = async (): Promise<unknown[]> => {
    const rows = await db.asOwner("select pos::int as pos from handover.event where tenant = $1 order by n", [tenant]);
    return rows.map((row) => row["pos"]);
  };
  const reached = async (): Promise<number> => {
    const [row] = await db.asOwner("select position::int as position from handover.sequencer");
    return Number(row?.["position"]);
  };

  test("get it along with their debts where they are few, and whoever waits for positions is told", async () => {
    await setUp();
    const wakeUp = memoryWakeUp();
    const before = await reached();
    start({ wakeUp });
    const told = new Promise<void>((resolve) => wakeUp.subscribe("sequenced", () => resolve()));
    await appendEvents(db, { tenant, job: "j1" }, 3);
    wakeUp.notify("appended");
    await allDelivered(3);
    await told;
    assert.deepEqual(await positions(), [before + 1, before + 2, before + 3]);
  });

  for (const [what, endpoints, events] of [
    ["there are many of them", 1, 17],
    ["they are owed to many", 257, 1],
  ] as const)
    test(`are left to the sequencer where ${what}: nobody else waits for that`, async () => {
      tenant = `t${(number += 1)}`;
      const all = Array.from({ length: endpoints }, (_, index) => ({
        id: `e${index}`,
        url: "http://127.0.0.1:9/hook",
        events: ["*"],
      }));
      await apply(database, aTenant(tenant, all));
      const step = () => fanOutStep({ pool: database.worker, topicEvents: () => undefined });
      await appendEvents(db, { tenant, job: "j1" }, events);
      assert.deepEqual(await step(), { lanes: [], offers: [], more: false, numbered: false });
      assert.deepEqual(
        await positions(),
        Array.from({ length: events }, () => null),
      );
      await givePositions(db);
      assert.equal((await step())?.lanes.length, endpoints);
    });
});
