/** The one command (contract, section 1): `npm run demo -- --once`, as a newcomer types it, with and without faults. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { z } from "zod";
import { start } from "../support/cli.ts";
import type { TestCluster } from "../support/postgres.ts";
import { startTestCluster } from "../support/postgres.ts";

const verdict = z.object({
  ok: z.boolean(),
  seed: z.number(),
  totalMs: z.number(),
  steps: z.array(z.object({ name: z.string(), ok: z.boolean(), ms: z.number(), witness: z.string() })),
});
type Verdict = z.infer<typeof verdict>;

/** Runs the command; npm writes its own heading before the JSON. */
async function demo(
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Verdict & { code: number | null }> {
  const end = await start("npm", ["run", "demo", "--", "--once", "--json", ...args], environment).finished;
  const json = end.stdout.slice(end.stdout.indexOf("\n{"));
  assert.ok(json.startsWith("\n{"), `no JSON: ${end.stdout}${end.stderr}`);
  const told = verdict.parse(JSON.parse(json));
  return { ...told, code: end.code };
}

const failedOf = ({ steps }: Verdict): string[] => steps.filter(({ ok }) => !ok).map(({ name }) => name);
const told = (run: Verdict): string => run.steps.map(({ name, ok, witness }) => `${ok} ${name}: ${witness}`).join("\n");

const wholeStory = [
  "start",
  "hook",
  "subscribe",
  "job",
  "launch",
  "stream",
  "ready",
  "edit",
  "sign",
  "document",
  "webhook",
  "notification",
  "poll",
  "feed",
  "exactly-once",
];

suite("npm run demo -- --once", { concurrency: false }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster();
  });
  after(() => cluster.stop());

  test("embedded: every witness sees its part, and nothing is left behind", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "handover-demo-test-"));
    try {
      const run = await demo(["--seed", "7"], { HANDOVER_DATA_DIR: dataDir });
      assert.deepEqual(failedOf(run), [], told(run));
      assert.equal(run.code, 0);
      assert.equal(run.ok, true);
      assert.equal(run.seed, 7);
      assert.deepEqual(run.steps.map(({ name }) => name).sort(), [...wholeStory].sort());
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  test("--without webhook: nobody received anything, so the run fails, and only there", async () => {
    const run = await demo(["--without", "webhook"], { DATABASE_URL: cluster.ownerUrl });
    assert.equal(run.code, 1);
    assert.equal(run.ok, false);
    assert.deepEqual(failedOf(run), ["webhook"], told(run));
  });

  test("--without sign: a clinician without a signer role is refused, and nothing that needs a signature happens", async () => {
    const run = await demo(["--without", "sign"], { DATABASE_URL: cluster.ownerUrl });
    assert.equal(run.code, 1);
    assert.deepEqual(failedOf(run).slice(0, 2), ["sign", "document"], told(run));
  });

  test("--break worker: killed -9 while writing, the other goes on; job, events and document stay single", async () => {
    const run = await demo(["--break", "worker"], { DATABASE_URL: cluster.ownerUrl });
    assert.deepEqual(failedOf(run), [], told(run));
    const recovery = run.steps.find(({ name }) => name === "recovery");
    assert.match(recovery?.witness ?? "", /killed -9 while writing; worker \d+ went on after \d+ ms/u);
  });

  test("--break endpoint, model and ehr: each recovers", async () => {
    for (const fault of ["endpoint", "model", "ehr"]) {
      const run = await demo(["--break", fault], { DATABASE_URL: cluster.ownerUrl });
      assert.deepEqual(failedOf(run), [], `${fault}\n${told(run)}`);
      assert.ok(run.steps.some(({ name }) => name === "recovery"));
    }
  });

  test("a database made for each run is gone afterwards", async () => {
    const { Client } = await import("pg");
    const client = new Client({ connectionString: cluster.ownerUrl });
    await client.connect();
    try {
      const { rows } = await client.query("select datname from pg_database where datname like 'handover\\_demo\\_%'");
      assert.deepEqual(rows, []);
    } finally {
      await client.end();
    }
  });

  test("an option that does not exist is refused before anything starts", async () => {
    for (const wrong of [
      ["--without", "nobody"],
      ["--break", "everything"],
      ["--seed", "x"],
      ["--chart", "package.json"],
      ["--chart", "no-such-file.json"],
      ["--chart", "README.md"],
    ]) {
      const end = await start("npm", ["run", "--silent", "demo", "--", "--once", ...wrong], {}).finished;
      assert.equal(end.code, 2, wrong.join(" "));
      assert.match(end.stderr, new RegExp(wrong[0] ?? "", "u"));
    }
  });
});
