/**
 * `npm test`: starts one Postgres for the run (or uses DATABASE_URL as its owner), makes the migrated template, runs every
 * test file side by side and prints the counts. A file that failed is run once more alone, and named if it passes then.
 * `npm test -- FILE...` runs those files only, once, without the coverage floor.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { startEmbedded } from "../src/db/embedded.ts";
import { unpackedChromium } from "./support/chromium.ts";
import type { SuiteOutcome } from "./support/suite-outcome.ts";
import { suiteOutcome, worthSecondRun } from "./support/suite-outcome.ts";
import { clusterVariable, ensureTemplate, quickSettings } from "./support/postgres.ts";

const root = join(import.meta.dirname, "..");

/** The suite takes minutes; whoever waits for it must not wait for ever. */
const limitSeconds = 1_800;

async function testFiles(): Promise<readonly string[]> {
  const entries = await readdir(import.meta.dirname, { recursive: true });
  return entries
    .filter((entry) => entry.endsWith(".test.ts"))
    .map((entry) => relative(root, join(import.meta.dirname, entry)))
    .toSorted();
}

interface Cluster {
  readonly ownerUrl: string;
  stop(): Promise<void>;
}

async function startCluster(): Promise<Cluster> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") return { ownerUrl: given, stop: async () => undefined };
  const dataDir = await mkdtemp(join(tmpdir(), "handover-test-run-"));
  const embedded = await startEmbedded({ dataDir, settings: quickSettings });
  return {
    ownerUrl: embedded.ownerUrl,
    async stop() {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * Settings of the developer's own must not reach the program under test.
 * @param codeCache folder: some two hundred processes load the same modules, and only the first need strip and compile them
 */
function childEnvironment(ownerUrl: string, codeCache: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:HANDOVER_|DATABASE_|PUBLIC_URL$|HOST$|PORT$)/u.test(name) || name === "HANDOVER_TEST_VERBOSE",
  );
  return { ...Object.fromEntries(inherited), [clusterVariable]: ownerUrl, NODE_COMPILE_CACHE: codeCache };
}

interface Run {
  readonly files: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly concurrency: number;
  readonly coverage: boolean;
}

interface RunResult extends SuiteOutcome {
  readonly exitCode: number;
}

async function runTests({ files, environment, concurrency, coverage }: Run): Promise<RunResult> {
  const flags = [
    "--test",
    `--test-concurrency=${concurrency}`,
    "--test-timeout=180000",
    "--test-reporter=./test/support/reporter.ts",
    ...(coverage ? ["--experimental-test-coverage", "--test-coverage-include=src/**/*.ts"] : []),
  ];
  const child = spawn(process.execPath, [...flags, ...files], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: environment,
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    process.stdout.write(text);
  });
  // A file whose tests have ended may still hold something open and never end itself.
  const watchdog = setTimeout(() => {
    const unfinished = files.filter((file) => !printed.includes(`  ${file}  `));
    process.stdout.write(`FAILED    not ended after ${limitSeconds} s: ${unfinished.join(", ")}\n`);
    child.kill("SIGKILL");
  }, limitSeconds * 1_000);
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.once("SIGINT", forward).once("SIGTERM", forward);
  const exitCode = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? 1)));
  clearTimeout(watchdog);
  return { ...suiteOutcome(printed), exitCode };
}

/** @returns the process's exit code */
async function runSuite(environment: NodeJS.ProcessEnv): Promise<number> {
  const concurrency = Math.max(2, availableParallelism());
  const first = await runTests({ files, environment, concurrency, coverage: isWhole });
  if (first.exitCode === 0) return first.faults.length > 0 ? 1 : 0;
  const again = isWhole ? worthSecondRun(first) : [];
  if (again.length === 0) return first.exitCode;
  process.stdout.write("\nonce more, alone:\n");
  const second = await runTests({ files: again, environment, concurrency: 1, coverage: false });
  if (second.exitCode !== 0 || second.faults.length > 0) return 1;
  for (const file of again) process.stdout.write(`UNSTEADY  ${file} failed beside the others, and passed alone\n`);
  return 0;
}

const named = process.argv.slice(2);
const isWhole = named.length === 0;
const files = isWhole ? await testFiles() : named;
const cluster = await startCluster();
const codeCache = await mkdtemp(join(tmpdir(), "handover-test-code-"));
try {
  const drawsPages = files.some((file) => file.includes("browser"));
  await Promise.all([ensureTemplate(cluster.ownerUrl), drawsPages ? unpackedChromium() : undefined]);
  process.exitCode = await runSuite(childEnvironment(cluster.ownerUrl, codeCache));
} finally {
  await cluster.stop();
  await rm(codeCache, { recursive: true, force: true });
}
