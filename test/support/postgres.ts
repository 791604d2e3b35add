/**
 * Databases for tests: one cluster for the run, one migrated template in it, one clone for each caller. Works for a whole
 * run (test/run.ts starts the cluster) and for one file alone (it starts, or joins, a shared cluster in a temporary folder).
 */
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client, Pool } from "pg";
import { openDatabase } from "../../src/db/connect.ts";
import type { Database } from "../../src/db/database.ts";
import type { Embedded } from "../../src/db/embedded.ts";
import { startEmbedded } from "../../src/db/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { loadMigrations } from "../../src/db/migration-files.ts";
import { appUrlFrom } from "../../src/db/roles.ts";
import { testInstallers } from "./installers.ts";

/** Set by test/run.ts for its children. */
const clusterVariable = "HANDOVER_TEST_CLUSTER_URL";

/** Quick rather than durable: nothing in a test outlives the machine. The fault tests ask for a durable cluster of their own. */
export const quickSettings: readonly string[] = [
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "autovacuum=off",
  "max_connections=300",
];

export interface TestCluster {
  /** An owner's URL, database `postgres`. */
  readonly ownerUrl: string;
  stop(): Promise<void>;
}

/** The cluster of this run: the given one (DATABASE_URL as owner, or the runner's), else a shared embedded one. */
export async function startTestCluster(): Promise<TestCluster> {
  const given = process.env[clusterVariable] ?? process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") return { ownerUrl: given, stop: async () => undefined };
  const place = createHash("sha256")
    .update(import.meta.dirname)
    .digest("hex")
    .slice(0, 8);
  const embedded: Embedded = await startEmbedded({
    dataDir: join(tmpdir(), `handover-test-${process.getuid?.() ?? "user"}-${place}`),
    settings: quickSettings,
  });
  return embedded;
}

async function withOwner<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}

async function templateName(): Promise<string> {
  const hash = createHash("sha256");
  for (const migration of await loadMigrations()) hash.update(migration.checksum);
  hash.update(await readFile(join(import.meta.dirname, "..", "..", "package.json")));
  return `handover_template_${hash.digest("hex").slice(0, 12)}`;
}

const templateLock = "select pg_advisory_lock(1751215716, 1952804723)";

/** The migrated template, made once per state of the migrations; processes that want it at once take turns. */
export async function ensureTemplate(clusterUrl: string): Promise<string> {
  const name = await templateName();
  await withOwner(clusterUrl, async (client) => {
    await client.query(templateLock);
    const exists = await client.query("select 1 from pg_database where datname = $1 and datistemplate", [name]);
    if (exists.rowCount === 1) return;
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name} encoding 'UTF8' template template0`);
    await migrate({ ownerUrl: inDatabase(clusterUrl, name), enableAppLogin: true, installers: testInstallers });
    await client.query(`alter database ${name} is_template true`);
  });
  return name;
}

export interface TestDatabase {
  /** As the adapter connects: role handover_app. */
  readonly appUrl: string;
  readonly ownerUrl: string;
  /** Opens the adapter's pools. Closed by `drop`. */
  open(): Database;
  /** Runs one statement as owner (superuser in the embedded cluster), past the wall. */
  asOwner(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** Cloning needs the template for itself for a moment; another clone at the same time makes it fail, so it tries again. */
async function clone(clusterUrl: string, template: string, name: string): Promise<void> {
  await withOwner(clusterUrl, async (client) => {
    for (let round = 1; ; round += 1) {
      try {
        await client.query(`create database ${name} template ${template}`);
        return;
      } catch (error) {
        if (round === 100 || !(error instanceof Error && "code" in error && error.code === "55006")) throw error;
        await delay(20 + Math.random() * 50);
      }
    }
  });
}

/** A database of its own, migrated, for one test file: `const db = await createTestDatabase(); after(() => db.drop())`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const cluster = await startTestCluster();
  const template = await ensureTemplate(cluster.ownerUrl);
  const name = `handover_test_${randomBytes(6).toString("hex")}`;
  await clone(cluster.ownerUrl, template, name);
  const ownerUrl = inDatabase(cluster.ownerUrl, name);
  const appUrl = appUrlFrom(ownerUrl);
  const opened: Database[] = [];
  const owner = new Pool({ connectionString: ownerUrl, max: 2, allowExitOnIdle: true });
  owner.on("error", () => undefined);

  return {
    appUrl,
    ownerUrl,
    open() {
      const database = openDatabase(appUrl);
      opened.push(database);
      return database;
    },
    async asOwner(text, values = []) {
      return (await owner.query<Record<string, unknown>>(text, [...values])).rows;
    },
    async drop() {
      await Promise.allSettled(opened.map((database) => database.close()));
      await owner.end();
      await withOwner(cluster.ownerUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
      await cluster.stop();
    },
  };
}

/** An empty database without any migration, for tests of migrating itself. */
export async function createEmptyDatabase(): Promise<{ readonly ownerUrl: string; drop(): Promise<void> }> {
  const cluster = await startTestCluster();
  const name = `handover_empty_${randomBytes(6).toString("hex")}`;
  await withOwner(cluster.ownerUrl, (client) =>
    client.query(`create database ${name} encoding 'UTF8' template template0`),
  );
  return {
    ownerUrl: inDatabase(cluster.ownerUrl, name),
    async drop() {
      await withOwner(cluster.ownerUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
      await cluster.stop();
    },
  };
}

export { clusterVariable };
