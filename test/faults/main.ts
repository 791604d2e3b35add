/**
 * `npm run faults -- [--scenario jobs|delivery] [--seed N] [--kills N] [--minutes M] [--events N] [--json]`: breaks workers, their
 * network and the database at random but repeatably, under load, and checks the invariants. Exits with 1 when one is broken.
 */
import { parseArgs } from "node:util";
import type { TestDatabase } from "../support/postgres.ts";
import { clusterVariable, createTestDatabase } from "../support/postgres.ts";
import type { CrashableServer } from "./crashable-server.ts";
import { startCrashableServer } from "./crashable-server.ts";
import { runDeliveryScenario } from "./delivery/scenario.ts";
import type { Fault, ScenarioReport } from "./scenario.ts";
import { randomFaults, runScenario } from "./scenario.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    scenario: { type: "string", default: "jobs" },
    kills: { type: "string" },
    minutes: { type: "string" },
    events: { type: "string", default: "100000" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) {
  console.log(
    [
      "npm run faults -- [--scenario jobs] [--seed N] [--kills N] [--minutes M] [--json]",
      "npm run faults -- --scenario delivery [--events N] [--seed N] [--kills N] [--json]",
      "Breaks workers and the database repeatably, checks that nothing is lost or doubled.",
    ].join("\n"),
  );
  process.exit(0);
}

function* untilTime(faults: Iterable<Fault>, minutes: number | undefined): Generator<Fault> {
  const deadline = minutes === undefined ? Number.POSITIVE_INFINITY : performance.now() + minutes * 60_000;
  for (const fault of faults) {
    if (performance.now() > deadline) return;
    yield fault;
  }
}

const at = (sorted: readonly number[], share: number): number =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);

function print(report: ScenarioReport, seed: number): void {
  const recovery = [...report.recoveryMs].map(([kind, list]) => {
    const sorted = list.toSorted((a, b) => a - b);
    return { kind, times: sorted.length, p50Ms: at(sorted, 0.5), p99Ms: at(sorted, 0.99), maxMs: at(sorted, 1) };
  });
  const ok = report.problems.length === 0;
  if (values.json) {
    console.log(
      JSON.stringify({ ok, seed, faults: report.faults, jobs: report.jobs, recovery, problems: report.problems }),
    );
    return;
  }
  for (const row of recovery)
    console.log(
      `${row.kind.padEnd(19)} ${String(row.times).padStart(4)} times   going on elsewhere after p50 ${row.p50Ms} ms, p99 ${row.p99Ms} ms, max ${row.maxMs} ms`,
    );
  for (const problem of report.problems) console.log(`BROKEN              ${problem}`);
  console.log(
    `${ok ? "ok" : "FAILED"}  seed ${seed}  faults ${report.faults}  jobs ${report.jobs}  invariants broken ${report.problems.length}`,
  );
}

const seed = Number(values.seed);

async function jobsScenario(server: CrashableServer, testDatabase: TestDatabase): Promise<boolean> {
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  const howMany = minutes === undefined ? Number(values.kills ?? "200") : Number.MAX_SAFE_INTEGER;
  const report = await runScenario(testDatabase, {
    faults: untilTime(randomFaults(seed, howMany, server.crash !== undefined), minutes),
    ...(server.crash === undefined ? {} : { crashDatabase: server.crash }),
    onFault: (index, fault, outcome) => {
      if (values.json) return;
      const times = `${outcome.held} held, noticed after ${Math.round(outcome.noticedMs)} ms, going on after ${Math.round(outcome.recoveryMs)} ms`;
      console.log(`${String(index + 1).padStart(4)}  ${fault.kind.padEnd(9)} ${fault.barrier.padEnd(15)} ${times}`);
    },
  });
  print(report, seed);
  return report.problems.length === 0;
}

async function deliveryScenario(server: CrashableServer, testDatabase: TestDatabase): Promise<boolean> {
  const report = await runDeliveryScenario(testDatabase, {
    seed,
    events: Number(values.events),
    kills: Number(values.kills ?? "20"),
    ...(server.crash === undefined ? {} : { crashDatabase: server.crash }),
    onFault: (index, what, received) => {
      if (!values.json) console.log(`${String(index + 1).padStart(4)}  ${what.padEnd(9)} after ${received} events`);
    },
  });
  const ok = report.problems.length === 0;
  if (values.json) {
    console.log(JSON.stringify({ ok, seed, ...report }));
    return ok;
  }
  for (const problem of report.problems) console.log(`BROKEN  ${problem}`);
  console.log(
    `${ok ? "ok" : "FAILED"}  seed ${seed}  ${report.events} events in ${Math.round(report.seconds)} s  ${report.kills} kills, ${report.databaseStops} stops of the database`,
  );
  console.log(
    `    lost ${report.lost}  without an attempt row ${report.withoutAttempt}  duplicates ${report.duplicates} (the faults explain up to ${report.duplicatesAllowed})`,
  );
  return ok;
}

const scenarios = new Map([
  ["jobs", jobsScenario],
  ["delivery", deliveryScenario],
]);
const scenario = scenarios.get(values.scenario);
if (scenario === undefined) {
  console.error(`there is no scenario ${values.scenario}; there are ${[...scenarios.keys()].join(", ")}`);
  process.exit(2);
}

const server = await startCrashableServer();
process.env[clusterVariable] = server.ownerUrl;
const testDatabase = await createTestDatabase();
try {
  process.exitCode = (await scenario(server, testDatabase)) ? 0 : 1;
} finally {
  await testDatabase.drop();
  await server.stop();
}
