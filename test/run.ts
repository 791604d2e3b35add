/**
 * `npm test`: starts one Postgres for the run (or uses DATABASE_URL as its owner), makes the migrated template, runs every
 * test file side by side and prints the counts. `npm test -- FILE...` runs those files only, without the coverage floor.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { startEmbedded } from "../src/db/embedded.ts";
import { unpackedChromium } from "./support/chromium.ts";
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

/** Settings of the developer's own must not reach the program under test. */
function childEnvironment(ownerUrl: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:HANDOVER_|DATABASE_|PUBLIC_URL$|HOST$|PORT$)/u.test(name) || name === "HANDOVER_TEST_VERBOSE",
  );
  return { ...Object.fromEntries(inherited), [clusterVariable]: ownerUrl };
}

async function runTests(files: readonly string[], ownerUrl: string, coverage: boolean): Promise<number> {
  const flags = [
    "--test",
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    "--test-timeout=180000",
    "--test-reporter=./test/support/reporter.ts",
    ...(coverage ? ["--experimental-test-coverage", "--test-coverage-include=src/**/*.ts"] : []),
  ];
  const child = spawn(process.execPath, [...flags, ...files], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnvironment(ownerUrl),
  });
  /** What the reporter finds wrong with the run as a whole: coverage, requirements that nothing proved. */
  let faulty = false;
  const unfinished = new Set(files);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    faulty ||= /^FAILED {4}/mu.test(text);
    for (const [, file = ""] of text.matchAll(/^(?:ok {4}|FAILED) {2}(\S+\.test\.ts) /gmu)) unfinished.delete(file);
    process.stdout.write(text);
  });
  // A file whose tests have ended may still hold something open and never end itself.
  const watchdog = setTimeout(() => {
    process.stdout.write(`FAILED  not ended after ${limitSeconds} s: ${[...unfinished].join(", ")}\n`);
    child.kill("SIGKILL");
  }, limitSeconds * 1_000);
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.once("SIGINT", forward).once("SIGTERM", forward);
  const code = await new Promise<number>((resolve) => child.once("close", (exit) => resolve(exit ?? 1)));
  clearTimeout(watchdog);
  return faulty && code === 0 ? 1 : code;
}

const named = process.argv.slice(2);
const files = named.length > 0 ? named : await testFiles();
const cluster = await startCluster();
try {
  const drawsPages = files.some((file) => file.includes("browser"));
  await Promise.all([ensureTemplate(cluster.ownerUrl), drawsPages ? unpackedChromium() : undefined]);
  process.exitCode = await runTests(files, cluster.ownerUrl, named.length === 0);
} finally {
  await cluster.stop();
}
