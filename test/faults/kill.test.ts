/** Kill -9 of a worker in any step loses nothing and doubles nothing; a frozen or cut-off worker's jobs go on elsewhere. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { barriers } from "../../src/jobs/barrier.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { Fault } from "./scenario.ts";
import { runScenario } from "./scenario.ts";

const testDatabase = await createTestDatabase();
after(() => testDatabase.drop());

test("kill -9 at every barrier, a frozen, a cut-off and a redeployed worker: every job, event and summary once", async (t) => {
  const kills = barriers.map((barrier, index): Fault => ({ kind: "kill", barrier, nth: 1 + (index % 3) }));
  const others: readonly Fault[] = [
    { kind: "freeze", barrier: "section-stored", nth: 2 },
    { kind: "cut", barrier: "delta", nth: 2 },
    { kind: "terminate", barrier: "step", nth: 1 },
  ];
  const reached: string[] = [];
  const report = await runScenario(testDatabase, {
    faults: [...kills, ...others],
    load: 4,
    paceMs: 20,
    onFault: (_, fault, outcome) => {
      if (outcome.reached) reached.push(fault.barrier);
      t.diagnostic(
        `${fault.kind} at ${fault.barrier} (${fault.nth}): ${Math.round(outcome.recoveryMs)} ms${outcome.reached ? "" : ", barrier not reached"}`,
      );
    },
  });
  assert.deepEqual(report.problems, []);
  assert.deepEqual(new Set(reached), new Set(barriers), "every barrier was stood at");
  assert.ok(report.jobs >= report.faults, `${report.jobs} jobs`);
  // Generous beside what `npm run faults` prints: this box may be busy with other tests.
  assert.ok(Math.max(...(report.recoveryMs.get("kill") ?? [])) < 5_000);
  for (const kind of ["freeze", "cut"] as const) assert.ok(Math.max(...(report.recoveryMs.get(kind) ?? [])) < 10_000);
});
