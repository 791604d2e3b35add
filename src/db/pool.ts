/** Pools of connections with every timeout set: without `query_timeout` a half-open connection holds its caller for ever. */
import { createHash } from "node:crypto";
import type { ClientBase, ClientConfig, PoolClient, QueryResult } from "pg";
import { Pool as ConnectionPool, escapeLiteral } from "pg";
import type { Pool } from "./database.ts";
import { isRetryable, toDatabaseError } from "./pg-errors.ts";
import type { Executor } from "./query.ts";

export interface PoolOptions {
  readonly url: string;
  /** Shows up in pg_stat_activity. */
  readonly name: string;
  readonly max: number;
  /** For a free connection, a new one included. */
  readonly connectTimeoutMs: number;
  /** Enforced by the server; the driver gives up one second later. */
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** A frozen process keeps its row locks for this long, and nobody else can go on with those rows meanwhile. */
  readonly idleInTransactionTimeoutMs: number;
  /** Told of connections that broke while nobody used them. */
  readonly onError?: (error: unknown) => void;
}

export interface ClosablePool extends Pool {
  close(): Promise<void>;
  /** Connections open, idle, and callers waiting for one. */
  stats(): { readonly total: number; readonly idle: number; readonly waiting: number };
}

const maxAttempts = 4;

/** Statements are a fixed set of texts, so each is prepared once per connection under a name made from its text. */
const statementNames = new Map<string, string>();
const maxStatementNames = 2_000;

function statementName(text: string): string | undefined {
  const known = statementNames.get(text);
  if (known !== undefined) return known;
  if (statementNames.size >= maxStatementNames) return undefined;
  const name = `h_${createHash("sha256").update(text).digest("base64url").slice(0, 24)}`;
  statementNames.set(text, name);
  return name;
}

type Queryable = Pick<ClientBase, "query">;

/** Runs a statement; with values it is prepared, without it is sent as it is (several statements are allowed then). */
export async function execute(
  on: Queryable | ConnectionPool,
  text: string,
  values: readonly unknown[],
): ReturnType<Executor["query"]> {
  if (values.length === 0) {
    // The driver answers several statements with a list, which its types do not say.
    const answer: unknown = await on.query<Record<string, unknown>>(text);
    const results = (Array.isArray(answer) ? answer : [answer]) as QueryResult<Record<string, unknown>>[];
    return { rows: results.flatMap((result) => result.rows), rowCount: results.at(-1)?.rowCount ?? null };
  }
  const name = statementName(text);
  const result = await on.query<Record<string, unknown>>({
    text,
    values: [...values],
    ...(name === undefined ? {} : { name }),
  });
  return { rows: result.rows, rowCount: result.rowCount };
}

/** The connection settings that every connection of ours has. */
export function connectionSettings(
  options: Pick<
    PoolOptions,
    "url" | "name" | "connectTimeoutMs" | "statementTimeoutMs" | "lockTimeoutMs" | "idleInTransactionTimeoutMs"
  >,
): ClientConfig {
  return {
    connectionString: options.url,
    application_name: `handover-${options.name}`,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.statementTimeoutMs + 1_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 1_000,
  };
}

async function rollback(client: PoolClient): Promise<boolean> {
  try {
    await client.query("rollback");
    return true;
  } catch {
    return false;
  }
}

async function attempt<T>(pool: ConnectionPool, tenant: string | null, work: (tx: Executor) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // While it is checked out the pool does not listen, and an unheard error would end the process.
  const onError = (): void => undefined;
  client.on("error", onError);
  let usable = true;
  try {
    // One message, not two: a hook's caller waits for each.
    await client.query(
      tenant === null ? "begin" : `begin; select set_config('app.tenant', ${escapeLiteral(tenant)}, true)`,
    );
    const result = await work({ query: (text, values) => execute(client, text, values) });
    await client.query("commit");
    return result;
  } catch (error) {
    usable = await rollback(client);
    throw error;
  } finally {
    client.off("error", onError);
    client.release(!usable);
  }
}

/** A pool whose errors are AdapterErrors where the database is away. */
export function createPool(options: PoolOptions): ClosablePool {
  const pool = new ConnectionPool({ ...connectionSettings(options), max: options.max, idleTimeoutMillis: 30_000 });
  pool.on("error", (error) => options.onError?.(error));

  return {
    async query(text, values) {
      try {
        return await execute(pool, text, values);
      } catch (error) {
        throw toDatabaseError(error);
      }
    },
    async transaction(tenant, work) {
      for (let round = 1; ; round += 1) {
        try {
          return await attempt(pool, tenant, work);
        } catch (error) {
          if (!isRetryable(error) || round === maxAttempts) throw toDatabaseError(error);
        }
      }
    },
    async close() {
      await pool.end();
    },
    stats: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  };
}
