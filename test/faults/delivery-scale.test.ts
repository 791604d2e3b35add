/** The run of `npm run faults -- --scenario delivery`, small: thousands of events over 20 endpoints, replicas killed at random. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createTestDatabase } from "../support/postgres.ts";
import { runDeliveryScenario } from "./delivery/scenario.ts";

const testDatabase = await createTestDatabase();
after(() => testDatabase.drop());

test("kill -9 of replicas at random: no event is lost or without its attempt row, what repeats is what was in flight", async (t) => {
  const report = await runDeliveryScenario(testDatabase, { seed: 7, events: 3000, kills: 4 });
  assert.deepEqual(report.problems, []);
  assert.deepEqual([report.lost, report.withoutAttempt], [0, 0]);
  assert.equal(report.kills, 4);
  assert.ok(report.events >= 3000);
  t.diagnostic(`${report.duplicates} duplicates of ${report.events}, in ${report.seconds.toFixed(1)} s`);
});
