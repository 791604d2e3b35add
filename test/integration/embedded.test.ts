/** The embedded database as it lives: killed, restarted, shared, unreachable for its user (issue: "survives being killed and restarted"). */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { Client } from "pg";
import { defaultDataDir } from "../../src/db/data-dir.ts";
import { startEmbedded } from "../../src/db/embedded.ts";
import { findBinaries, installed } from "../../src/db/embedded/binaries.ts";
import { canReach, databaseUser } from "../../src/db/embedded/database-user.ts";
import { clusterFolder } from "../../src/db/embedded/place.ts";
import { eventually } from "../support/eventually.ts";

const run = promisify(execFile);
const root = process.getuid?.() === 0;
const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "handover-embedded-"));
  folders.push(made);
  return made;
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const postmasterPid = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8")).split("\n")[0]);

/** Starts the embedded database in another process, which stays until it is killed. */
async function startElsewhere(dataDir: string): Promise<{ readonly url: string; kill(): Promise<void> }> {
  const code = `const { startEmbedded } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/db/embedded.ts"))});
    const embedded = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(embedded.ownerUrl);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((resolve) =>
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim())),
  );
  return {
    url,
    async kill() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe("embedded database", () => {
  test("starts, keeps its data over a stop, and starts again on the same folder", async () => {
    const dataDir = await folder();
    const first = await startEmbedded({ dataDir });
    await query(first.ownerUrl, "create table kept (n int); insert into kept values (42)");
    const pid = await postmasterPid(dataDir);
    await first.stop();
    await eventually(() => isGone(pid), "the last one out stops the server");
    const second = await startEmbedded({ dataDir });
    assert.deepEqual(await query(second.ownerUrl, "select n from kept"), [{ n: 42 }]);
    await second.stop();
  });

  test("kill -9 of the adapter: the server stops by itself, and the next start has all data", async () => {
    const dataDir = await folder();
    const elsewhere = await startElsewhere(dataDir);
    await query(elsewhere.url, "create table kept (n int); insert into kept values (1)");
    const pid = await postmasterPid(dataDir);
    await elsewhere.kill();
    // At once, without waiting for the old server to be gone.
    const next = await startEmbedded({ dataDir });
    assert.deepEqual(await query(next.ownerUrl, "select n from kept"), [{ n: 1 }]);
    await eventually(() => isGone(pid), "the orphan's end");
    await next.stop();
  });

  test("kill -9 of the server: it comes back under the same address with all that was committed", async () => {
    const dataDir = await folder();
    const events: string[] = [];
    const embedded = await startEmbedded({ dataDir, onEvent: (event) => events.push(event) });
    await query(embedded.ownerUrl, "create table kept (n int); insert into kept values (7)");
    const url = embedded.ownerUrl;
    process.kill(await postmasterPid(dataDir), "SIGKILL");
    const rows = await eventually(
      () => query(url, "select n from kept").catch(() => undefined),
      "the server's return",
      20_000,
    );
    assert.deepEqual(rows, [{ n: 7 }]);
    await eventually(() => events.includes("restarted"), "the news of it");
    await embedded.stop();
  });

  test("a claim left by a dead server whose number another process now has does not stop the start", async () => {
    const dataDir = await folder();
    const first = await startEmbedded({ dataDir });
    const claim = await readFile(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8");
    await first.stop();
    const stale = claim.replace(/^\d+/u, String(process.pid));
    await writeFile(join(dataDir, "postgres", "data", "postmaster.pid"), stale);
    const second = await startEmbedded({ dataDir });
    assert.equal((await query(second.ownerUrl, "select 1 as one")).length, 1);
    await second.stop();
  });

  test("two adapters on one folder share the server; the first to leave does not take it along", async () => {
    const dataDir = await folder();
    const [first, second] = await Promise.all([startEmbedded({ dataDir }), startEmbedded({ dataDir })]);
    assert.equal(first.ownerUrl, second.ownerUrl);
    await first.stop();
    assert.equal((await query(second.ownerUrl, "select 1 as one")).length, 1);
    const pid = await postmasterPid(dataDir);
    await second.stop();
    await eventually(() => isGone(pid), "the server's end");
  });

  test("two folders are two databases side by side", async () => {
    const [left, right] = await Promise.all([
      startEmbedded({ dataDir: await folder() }),
      startEmbedded({ dataDir: await folder() }),
    ]);
    assert.notEqual(new URL(left.ownerUrl).port, new URL(right.ownerUrl).port);
    await Promise.all([left.stop(), right.stop()]);
  });

  test("only the owner of the folder can read the password, and nobody gets in without it", async () => {
    const dataDir = await folder();
    const embedded = await startEmbedded({ dataDir });
    const { mode } = await stat(join(dataDir, "postgres", "owner.key"));
    assert.equal(mode & 0o077, 0);
    const wrong = new URL(embedded.ownerUrl);
    wrong.password = "guess";
    await assert.rejects(query(wrong.toString(), "select 1"), { code: "28P01" });
    await embedded.stop();
  });
});

describe("embedded database of root", { skip: !root }, () => {
  test("runs as an unprivileged user", async () => {
    const user = await databaseUser();
    assert.ok(user !== undefined && user.uid !== 0);
    const dataDir = await folder();
    const embedded = await startEmbedded({ dataDir });
    const { stdout } = await run("ps", ["-o", "uid=", "-p", String(await postmasterPid(dataDir))]);
    assert.equal(Number(stdout), user.uid);
    await embedded.stop();
  });

  test("a data folder below one that nobody else may enter gets its cluster elsewhere, and finds it again", async () => {
    const closed = await folder();
    await chmod(closed, 0o700);
    const dataDir = join(closed, "state");
    const first = await startEmbedded({ dataDir });
    await query(first.ownerUrl, "create table kept (n int); insert into kept values (3)");
    await first.stop();
    const place = (await readFile(join(dataDir, "postgres.place"), "utf8")).trim();
    folders.push(place);
    assert.ok(!place.startsWith(closed));
    assert.equal((await stat(closed)).mode & 0o777, 0o700, "folders above ours are left as they were");
    const second = await startEmbedded({ dataDir });
    assert.deepEqual(await query(second.ownerUrl, "select n from kept"), [{ n: 3 }]);
    await second.stop();
  });

  test("a cluster elsewhere is removed once its data folder is gone", async () => {
    const user = await databaseUser();
    const [closed, state] = [await folder(), await folder()];
    const place = await clusterFolder(join(closed, "state"), user, state);
    await mkdir(join(place, "data"), { recursive: true });
    assert.equal(await clusterFolder(join(closed, "state"), user, state), place);
    await rm(join(closed, "state"), { recursive: true });
    const next = await clusterFolder(join(closed, "other"), user, state);
    assert.notEqual(next, place);
    await assert.rejects(stat(place));
    assert.deepEqual(await readdir(join(state, "clusters")), [`${basename(next)}.origin`]);
  });

  test("node_modules in a folder that the user cannot enter: the programs run from a copy that it can", async () => {
    const user = await databaseUser();
    assert.ok(user !== undefined);
    const closed = await folder();
    await cp((await installed()).native, join(closed, "native"), { recursive: true, verbatimSymlinks: true });
    await chmod(closed, 0o700);
    const cache = join(await folder(), "cache");
    await chmod(join(cache, ".."), 0o755);
    const binaries = await findBinaries(user, { native: join(closed, "native"), version: "test" }, [cache]);
    assert.ok(binaries.postgres.startsWith(cache));
    assert.ok(await canReach(user, binaries.postgres, true));
    const { stdout } = await run(binaries.postgres, ["--version"], { uid: user.uid, gid: user.gid, cwd: "/" });
    assert.match(stdout, /PostgreSQL/u);
  });
});

describe("the default data folder", () => {
  test("is one that the database's user can enter", () => {
    assert.equal(defaultDataDir({}, "linux", 0), "/var/lib/handover");
    assert.equal(defaultDataDir({ XDG_STATE_HOME: "/state" }, "linux", 1_000), "/state/handover");
    assert.match(defaultDataDir({}, "linux", 1_000), /\.local\/state\/handover$/u);
  });
});
