/** Attempts by the day: made ahead, dropped whole, never sooner than promised; and no query grows with what is old. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { forgetDeliveries, rollAttempts } from "../../src/delivery/attempt-retention.ts";
import { readFigures } from "../../src/delivery/registry/figures-store.ts";
import { deliveryAttempts } from "../../src/delivery/registry/store.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { planOf } from "../support/tenant-wall.ts";

const testDatabase = await createTestDatabase();
const database = testDatabase.open();
const tenant = "general";
const DAY_MS = 86_400_000;
const midnightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS;

/** The beginning of the day so many days from now, as the partitions count days. */
const day = (offset: number): Date => new Date(midnightMs + offset * DAY_MS);
const nameOf = (offset: number): string => `attempt_${day(offset).toISOString().slice(0, 10).replaceAll("-", "_")}`;

async function makeDay(offset: number): Promise<void> {
  const [from, to] = [day(offset).toISOString(), day(offset + 1).toISOString()];
  await testDatabase.asOwner(
    `create table handover.${nameOf(offset)} partition of handover.attempt for values from ('${from}') to ('${to}')`,
  );
}

/** Attempts in the middle of a day; `sequence` tells them apart. */
async function attempts(offset: number, sequence: number, count = 1): Promise<void> {
  const at = new Date(midnightMs + offset * DAY_MS + DAY_MS / 2);
  await database.worker.transaction(tenant, (tx) =>
    tx.query(
      `insert into handover.attempt (tenant, endpoint, sequence, number, outcome, code, duration_ms, started_at)
       select $1, 'his', $2, n, 'retry', 'timeout', 1, $3 from generate_series(1, $4::int) n`,
      [tenant, sequence, at, count],
    ),
  );
}

const sequences = async (): Promise<number[]> => {
  const rows = await testDatabase.asOwner("select distinct sequence::int as n from handover.attempt order by 1");
  return rows.map(({ n }) => Number(n));
};

const partitions = async (): Promise<string[]> => {
  const rows = await testDatabase.asOwner(
    "select relname as name from pg_class join pg_inherits on inhrelid = oid where inhparent = 'handover.attempt'::regclass order by 1",
  );
  return rows.map(({ name }) => String(name));
};

before(async () => {
  for (const offset of [-20, -10, -6]) await makeDay(offset);
  for (const [offset, sequence] of [
    [-20, 20],
    [-10, 10],
    [-6, 6],
    [0, 1],
  ] as const)
    await attempts(offset, sequence);
});
after(() => testDatabase.drop());

describe("rolling the days", () => {
  test("drops the days past the setting whole and keeps the rest; again it has nothing to do", async () => {
    const rolled = await rollAttempts(database.worker, 14);
    assert.deepEqual([rolled?.dropped, rolled?.swept], [1, "0"]);
    assert.deepEqual(await sequences(), [1, 6, 10]);
    assert.ok(!(await partitions()).includes(nameOf(-20)));
    assert.deepEqual(await rollAttempts(database.worker, 14), { made: 0, dropped: 0, swept: "0" });
  });

  test("keeps seven days whatever it is asked", async () => {
    const rolled = await rollAttempts(database.worker, 0);
    assert.equal(rolled?.dropped, 1);
    assert.deepEqual(await sequences(), [1, 6]);
  });

  test("makes a week ahead, so that a worker's absence costs nothing", async () => {
    await testDatabase.asOwner(`drop table handover.${nameOf(5)}, handover.${nameOf(7)}`);
    const rolled = await rollAttempts(database.worker, 14);
    assert.equal(rolled?.made, 2);
    const there = await partitions();
    for (let offset = 1; offset <= 7; offset += 1) assert.ok(there.includes(nameOf(offset)), nameOf(offset));
  });

  test("a day that nobody made lands in the net: kept as long, and in nobody's way", async () => {
    await testDatabase.asOwner(`drop table handover.${nameOf(3)}, handover.${nameOf(4)}`);
    await attempts(3, 103);
    await attempts(-30, 130);
    assert.ok((await sequences()).includes(130));
    const rolled = await rollAttempts(database.worker, 14);
    assert.deepEqual(rolled, { made: 1, dropped: 0, swept: "1" }, "day 4 is made; day 3 stays where its row lies");
    assert.deepEqual(await sequences(), [1, 6, 103]);
  });

  test("replicas that roll at once take turns", async () => {
    await testDatabase.asOwner(`drop table handover.${nameOf(6)}`);
    const all = await Promise.all(Array.from({ length: 4 }, () => rollAttempts(database.worker, 14)));
    assert.equal(
      all.reduce((sum, rolled) => sum + (rolled?.made ?? 0), 0),
      1,
    );
  });
});

interface Node {
  readonly "Relation Name"?: string;
  readonly Plans?: readonly Node[];
}

const relations = (plan: Node): string[] => [
  ...(plan["Relation Name"] === undefined ? [] : [plan["Relation Name"]]),
  ...(plan.Plans ?? []).flatMap(relations),
];

describe("what is old costs nothing", () => {
  test("one delivery's attempts are looked for in the days since it was owed, not in all that are kept", async () => {
    await rollAttempts(database.worker, 14);
    const since = new Date(Date.now() - 1000);
    const plan = await planOf(database, deliveryAttempts, tenant, ["his", "1", since.toISOString(), 100]);
    assert.ok(!relations(plan).includes(nameOf(-6)), relations(plan).join());
    assert.ok((await partitions()).includes(nameOf(-6)));
  });

  test("an endpoint's figures of the last hour look into no day before", async () => {
    const plan = await planOf(database, readFigures, tenant, ["his", 3600, 100_000]);
    assert.ok(relations(plan).length > 0);
    assert.ok(!relations(plan).includes(nameOf(-6)), relations(plan).join());
  });
});

describe("deliveries", () => {
  test("that are done go after their time; what is owed, held or dead stays, however old", async () => {
    await testDatabase.asOwner(
      `insert into handover.delivery (tenant, endpoint, sequence, event_id, job, job_sequence, type, state, created_at, done_at)
       select 'general', 'old', n, 'evt_old_' || n, 'j', n, 'summary.signed', s.state, now() - age, case when s.state <> 'pending' then now() - age end
       from unnest(array['delivered', 'withheld', 'pending', 'held', 'dead', 'delivered', 'delivered'],
         array[100, 100, 100, 100, 100, 89, 100]) with ordinality as s (state, days, n), make_interval(days => s.days) as age`,
    );
    // Made long ago, delivered only now: it is not old.
    await testDatabase.asOwner("update handover.delivery set done_at = now() where endpoint = 'old' and sequence = 7");
    assert.deepEqual(await forgetDeliveries(database.worker, 90), { more: false });
    const left = await testDatabase.asOwner(
      "select sequence::int as n, state from handover.delivery where endpoint = 'old' order by 1",
    );
    assert.deepEqual(
      left.map(({ n, state }) => `${String(n)} ${String(state)}`),
      ["3 pending", "4 held", "5 dead", "6 delivered", "7 delivered"],
    );
  });

  test("are found by block ranges: no walk through what is young", async () => {
    await testDatabase.asOwner(
      `insert into handover.delivery (tenant, endpoint, sequence, event_id, job, job_sequence, type, state, created_at, done_at)
       select 'general', 'many', n, 'evt_many_' || n, 'j', n, 'summary.signed', 'delivered', now() - (20000 - n) * interval '1 minute', now()
       from generate_series(1, 20000) n`,
    );
    await testDatabase.asOwner("analyze handover.delivery");
    await testDatabase.asOwner("select brin_summarize_new_values('handover.delivery_made')");
    const rows = await testDatabase.asOwner(
      "explain select ctid from handover.delivery where created_at < now() - interval '90 days' and done_at < now() - interval '90 days' and state in ('delivered', 'withheld') limit 5000",
    );
    assert.match(JSON.stringify(rows), /delivery_made/u);
  });
});
