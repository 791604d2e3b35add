/** Looks a database over without changing it, for `handover doctor`: what stands there, and what does not. */
import { Client } from "pg";
import { sqlState, toDatabaseError } from "./pg-errors.ts";
import { execute } from "./pool.ts";
import type { Executor } from "./query.ts";
import { missingMigrations } from "./migrate.ts";
import { roleFacts, userOf, wallBreach } from "./roles.ts";

export interface DatabaseFinding {
  readonly role: string;
  /** `server_version_num`, such as 180004. */
  readonly serverVersion: number;
  /** Why the wall between tenants would not hold for this role; undefined when it holds. */
  readonly breach: string | undefined;
  /** Names of migrations that are still to be applied. */
  readonly pending: readonly string[];
  /** The database's clock less ours, in milliseconds, to within half the round trip. */
  readonly clockOffsetMs: number;
  readonly roundTripMs: number;
}

/**
 * Connects as the URL's role and looks. Undefined where that role may not log in, or does not exist yet.
 * @throws AdapterError database_unavailable
 */
export async function inspectDatabase(url: string): Promise<DatabaseFinding | undefined> {
  const client = new Client({
    connectionString: url,
    application_name: "handover-doctor",
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await look({ query: (text, values) => execute(client, text, values) }, userOf(url));
  } catch (error) {
    if (sqlState(error)?.startsWith("28")) return undefined;
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function look(executor: Executor, role: string): Promise<DatabaseFinding> {
  const facts = await roleFacts(executor);
  const missing = await missingMigrations(executor);
  return {
    role,
    serverVersion: facts.version,
    breach: wallBreach(facts),
    pending: missing.map(({ name }) => name),
    ...(await compareClocks(executor)),
  };
}

/** The quickest of three round trips bounds the error best. */
async function compareClocks(executor: Executor): Promise<{ clockOffsetMs: number; roundTripMs: number }> {
  let best = { clockOffsetMs: 0, roundTripMs: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 3; round += 1) {
    const sent = Date.now();
    const { rows } = await executor.query("select extract(epoch from clock_timestamp()) * 1000 as now", []);
    const received = Date.now();
    const theirs = Number(Reflect.get(Object(rows[0]), "now"));
    const roundTripMs = received - sent;
    if (roundTripMs < best.roundTripMs)
      best = { roundTripMs, clockOffsetMs: Math.round(theirs - (sent + received) / 2) };
  }
  return best;
}
