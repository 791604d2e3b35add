/** Databases that live for one run (the demo's): made fresh, dropped at the end, and swept up where a run was killed. */
import { randomBytes } from "node:crypto";
import { Client, escapeIdentifier } from "pg";
import { sqlState, toDatabaseError } from "./pg-errors.ts";

/** Their names carry the time they were made, so that a sweep spares those that are only just being set up. */
const prefix = "handover_demo_";
const graceMs = 15 * 60_000;

export interface ScratchDatabase {
  /** The owner's URL of the new database. */
  readonly ownerUrl: string;
  /** Name of the new database, to be put into other URLs of the same server. */
  readonly name: string;
  drop(): Promise<void>;
}

/** The URL of another database on the same server. */
export function inDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}

async function asOwner<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: "handover-scratch",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes an empty database. Undefined where the role may not create databases. */
export async function createScratchDatabase(serverUrl: string, nowMs: number): Promise<ScratchDatabase | undefined> {
  const name = `${prefix}${nowMs.toString(36)}_${randomBytes(4).toString("hex")}`;
  try {
    await asOwner(serverUrl, async (client) => {
      await sweep(client, nowMs);
      await client.query(`create database ${escapeIdentifier(name)} encoding 'UTF8' template template0`);
    });
  } catch (error) {
    if (sqlState(error) === "42501") return undefined;
    throw error;
  }
  return {
    name,
    ownerUrl: inDatabase(serverUrl, name),
    drop: () => asOwner(serverUrl, (client) => drop(client, name)),
  };
}

async function drop(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${escapeIdentifier(name)} with (force)`);
}

/** Drops what killed runs left: nobody is connected, and it is old enough not to be in the making. */
async function sweep(client: Client, nowMs: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database d
     where datname like $1 and pg_has_role(current_user, datdba, 'usage')
       and not exists (select 1 from pg_stat_activity a where a.datname = d.datname)`,
    [`${prefix.replaceAll("_", "\\_")}%`],
  );
  for (const { name } of rows) {
    const madeAtMs = Number.parseInt(name.slice(prefix.length), 36);
    // Another run may be sweeping too, or one may just have connected: then it is not ours to drop.
    if (nowMs - madeAtMs > graceMs)
      await client.query(`drop database if exists ${escapeIdentifier(name)}`).catch(() => undefined);
  }
}
