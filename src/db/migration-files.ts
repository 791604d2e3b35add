/** The migrations as files: `NNNN_name.sql`, forward only, never changed once released. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** Hex SHA-256 of the file. */
  readonly checksum: string;
}

const folder = join(import.meta.dirname, "migrations");
const pattern = /^(?<version>\d{4})_(?<name>[a-z0-9_]+)\.sql$/u;

/** All migrations, in order. Throws on a stray file name or a number that is used twice. */
export async function loadMigrations(from: string = folder): Promise<readonly Migration[]> {
  const files = (await readdir(from)).filter((file) => file.endsWith(".sql")).toSorted();
  const migrations = await Promise.all(files.map((file) => load(from, file)));
  const versions = new Set(migrations.map((migration) => migration.version));
  if (versions.size !== migrations.length) throw new Error("two migrations have the same number");
  return migrations;
}

async function load(from: string, file: string): Promise<Migration> {
  const groups = pattern.exec(file)?.groups;
  if (groups === undefined) throw new Error(`${file} is not named NNNN_name.sql`);
  const sql = await readFile(join(from, file), "utf8");
  return {
    version: Number(groups["version"]),
    name: groups["name"] ?? "",
    sql,
    checksum: createHash("sha256").update(sql).digest("hex"),
  };
}
