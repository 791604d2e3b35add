/** Forward migrations, each in a transaction, all under one advisory lock: replicas that start at once take turns. */
import { Client } from "pg";
import { AdapterError } from "../core/errors.ts";
import type { Migration } from "./migration-files.ts";
import { loadMigrations } from "./migration-files.ts";
import { execute } from "./pool.ts";
import type { Executor } from "./query.ts";
import { enableAppLogin, ensureRoles, requireServerVersion, roleFacts } from "./roles.ts";

/** Sets up what does not stand in our files (the queue's own schema). Runs under the lock, must be idempotent. */
export type Installer = (ownerUrl: string, owner: Executor) => Promise<void>;

export interface MigrateOptions {
  readonly ownerUrl: string;
  /** The user of DATABASE_URL, when it is given: becomes a member of `handover_app`. */
  readonly appUser?: string;
  /** True where no URL for the app is given: `handover_app` gets a password derived from the owner's. */
  readonly enableAppLogin?: boolean;
  readonly installers?: readonly Installer[];
  /** Other files than ours (tests). */
  readonly migrations?: readonly Migration[];
}

/** "hand" "over" as two numbers: the lock all replicas of all versions take. */
const migrationLock = "select pg_advisory_lock(1751215716, 1870030194)";
const lockWaitMs = 300_000;

interface Applied {
  readonly version: number;
  readonly checksum: string;
}

const bookkeeping = `
create schema if not exists handover;
create table if not exists handover.schema_migration (
  version int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now());
`;

async function readApplied(executor: Executor): Promise<readonly Applied[]> {
  const known = await executor.query("select to_regclass('handover.schema_migration') is not null as yes", []);
  if (!known.rows.some((row) => (row as { yes: boolean }).yes)) return [];
  return (await executor.query("select version, checksum from handover.schema_migration order by version", []))
    .rows as Applied[];
}

/** What is still to be applied. Throws when an applied file was changed since, or the database is ahead of this program. */
export function pending(all: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  const byVersion = new Map(all.map((migration) => [migration.version, migration]));
  for (const row of applied) {
    const file = byVersion.get(row.version);
    // A newer replica may already have migrated: changes are additive, so the older one goes on working beside it.
    if (file !== undefined && file.checksum !== row.checksum) {
      throw new AdapterError("configuration_invalid", {
        message: `Migration ${row.version} (${file.name}) was changed after it was applied.`,
      });
    }
  }
  const done = new Set(applied.map((row) => row.version));
  return all.filter((migration) => !done.has(migration.version));
}

async function apply(owner: Executor, migration: Migration): Promise<void> {
  await owner.query("begin", []);
  try {
    await owner.query(migration.sql, []);
    await owner.query("insert into handover.schema_migration (version, name, checksum) values ($1, $2, $3)", [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await owner.query("commit", []);
  } catch (error) {
    await owner.query("rollback", []);
    throw new Error(`migration ${migration.version} (${migration.name}) failed`, { cause: error });
  }
}

async function migrateLocked(owner: Executor, options: MigrateOptions): Promise<readonly string[]> {
  await ensureRoles(owner, options.appUser);
  await owner.query(bookkeeping, []);
  const todo = pending(options.migrations ?? (await loadMigrations()), await readApplied(owner));
  for (const migration of todo) await apply(owner, migration);
  await owner.query("grant select on handover.schema_migration to handover_app", []);
  for (const install of options.installers ?? []) await install(options.ownerUrl, owner);
  if (options.enableAppLogin === true) await enableAppLogin(owner, options.ownerUrl);
  return todo.map((migration) => migration.name);
}

/** Brings the database up to this program's version; returns the names of what was applied. Safe to run at any time. */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const client = new Client({
    connectionString: options.ownerUrl,
    application_name: "handover-migrate",
    connectionTimeoutMillis: 10_000,
    lock_timeout: lockWaitMs,
  });
  client.on("error", () => undefined);
  await client.connect();
  const owner: Executor = { query: (text, values) => execute(client, text, values) };
  try {
    requireServerVersion((await roleFacts(owner)).version);
    await owner.query(migrationLock, []);
    return await migrateLocked(owner, options);
  } finally {
    await client.end();
  }
}

/** Migrations of this program that the database lacks. */
export async function missingMigrations(executor: Executor): Promise<readonly Migration[]> {
  return pending(await loadMigrations(), await readApplied(executor));
}

/** Refuses to start on a schema that lacks a migration of this program. */
export async function requireMigrated(executor: Executor): Promise<void> {
  const missing = await missingMigrations(executor);
  if (missing.length === 0) return;
  throw new AdapterError("configuration_invalid", {
    message: `The database lacks ${missing.length} migration(s), from ${missing[0]?.version}. Run \`handover migrate\` with DATABASE_MIGRATION_URL set to the owner.`,
  });
}
