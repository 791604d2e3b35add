/** What lanes read of the tables while the planner's statistics know nothing of a tenant: a new one, or one that was idle. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fanOutStep } from "../../src/delivery/fan-out.ts";
import { aTenant, addEvents, apply, startDelivery } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";

let db: TestDatabase;
let site: WebhookSite;

before(async () => {
  [db, site] = await Promise.all([createTestDatabase(), webhookSite()]);
});
after(async () => {
  await site.close();
  await db.drop();
});

const endpoints = 4;

/** Delivers so many events to each of the tenant's endpoints, over connections of its own: their counters are told as they close. */
async function deliver(tenant: string, events: number): Promise<void> {
  const database = db.open();
  const settings = { events: ["*"], concurrency: 8, ratePerSecond: 100_000, url: `${site.url}/hook` };
  const configured = Array.from({ length: endpoints }, (_, index) => ({ ...settings, id: `e${index}` }));
  await apply(database, aTenant(tenant, configured));
  await addEvents(db, { tenant, job: `job-of-${tenant}` }, events);
  while ((await fanOutStep({ pool: database.worker, topicEvents: () => undefined }))?.more === true);
  const expected = site.received.length + events * endpoints;
  const delivery = startDelivery(database);
  await eventually(async () => site.received.length === expected, "all delivered", 60_000);
  await delivery.stop(1_000);
  await database.close();
}

/** Rows of deliveries that statements have looked at so far. */
async function rowsRead(): Promise<number> {
  await db.asOwner("select pg_stat_clear_snapshot()");
  const [row] = await db.asOwner(
    `select (seq_tup_read + idx_tup_fetch)::float8 as read from pg_stat_user_tables
     where schemaname = 'handover' and relname = 'delivery'`,
  );
  return Number(row?.["read"]);
}

test("a turn reads what it records and claims, not all that the tenant is owed", async () => {
  await deliver("known", 200);
  await db.asOwner("analyze handover.delivery");
  const before = await rowsRead();
  await deliver("newcomer", 1000);
  const each = ((await rowsRead()) - before) / (1000 * endpoints);
  assert.ok(each > 0 && each < 15, `${each.toFixed(1)} rows were read for each delivery`);
});
