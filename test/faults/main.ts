/**
 * `npm run faults -- [--seed N] [--kills N] [--minutes M] [--json]`: breaks workers, their network and the database at random
 * but repeatably, under load, and checks the invariants. Exits with 1 when one of them is broken.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startEmbedded } from "../../src/db/embedded.ts";
import { clusterVariable, createTestDatabase } from "../support/postgres.ts";
import type { Fault, ScenarioReport } from "./scenario.ts";
import { randomFaults, runScenario } from "./scenario.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    kills: { type: "string", default: "200" },
    minutes: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) {
  console.log(
    "npm run faults -- [--seed N] [--kills N] [--minutes M] [--json]\nBreaks workers and the database repeatably, checks that nothing is lost or doubled.",
  );
  process.exit(0);
}

interface Server {
  readonly ownerUrl: string;
  readonly crash?: () => Promise<void>;
  stop(): Promise<void>;
}

/** A durable server of its own (fsync on), which may be crashed; a given one is left alone. */
async function startServer(): Promise<Server> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") return { ownerUrl: given, stop: async () => undefined };
  const dataDir = await mkdtemp(join(tmpdir(), "handover-faults-"));
  const embedded = await startEmbedded({ dataDir });
  // Within five seconds of the server's start a free session lock does not yet tell a dead worker.
  await delay(5_000);
  return {
    ownerUrl: embedded.ownerUrl,
    async crash() {
      const pid = Number((await readFile(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8")).split("\n")[0]);
      process.kill(pid, "SIGQUIT");
    },
    async stop() {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
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
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
const howMany = minutes === undefined ? Number(values.kills) : Number.MAX_SAFE_INTEGER;
const server = await startServer();
process.env[clusterVariable] = server.ownerUrl;
const testDatabase = await createTestDatabase();
try {
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
  process.exitCode = report.problems.length === 0 ? 0 : 1;
} finally {
  await testDatabase.drop();
  await server.stop();
}
