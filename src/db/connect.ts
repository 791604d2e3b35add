/** From settings to a usable database: embedded or given, migrated where an owner is known, and only behind the wall. */
import { Client } from "pg";
import type { Config } from "../config/config.ts";
import { AdapterError } from "../core/errors.ts";
import type { Database } from "./database.ts";
import { startEmbedded } from "./embedded.ts";
import type { Installer } from "./migrate.ts";
import { migrate, requireMigrated } from "./migrate.ts";
import { toDatabaseError } from "./pg-errors.ts";
import { createPool, execute } from "./pool.ts";
import type { Executor } from "./query.ts";
import { appUrlFrom, requireWalledRole, roleFacts, userOf, wallBreach } from "./roles.ts";
import { openSession } from "./session.ts";

export type DatabaseConfig = Pick<Config, "databaseUrl" | "databaseMigrationUrl" | "dataDir" | "demo">;

export interface ConnectOptions {
  readonly installers?: readonly Installer[];
  /** Pool sizes; defaults fit one replica with both roles. */
  readonly httpConnections?: number;
  readonly workerConnections?: number;
  readonly onError?: (error: unknown) => void;
}

/** Where to work, and with whose right to migrate. */
interface Place {
  readonly appUrl: string;
  readonly ownerUrl?: string;
  readonly stop: () => Promise<void>;
}

async function withClient<T>(url: string, work: (executor: Executor) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: "handover-start",
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work({ query: (text, values) => execute(client, text, values) });
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const nothing = async (): Promise<void> => undefined;

async function embeddedPlace(config: DatabaseConfig, onError: ConnectOptions["onError"]): Promise<Place> {
  const embedded = await startEmbedded({
    dataDir: config.dataDir,
    onEvent: (event, error) => event === "lost" && onError?.(error),
  });
  return { ownerUrl: embedded.ownerUrl, appUrl: appUrlFrom(embedded.ownerUrl), stop: () => embedded.stop() };
}

async function findPlace(config: DatabaseConfig, onError: ConnectOptions["onError"]): Promise<Place> {
  const { databaseUrl, databaseMigrationUrl: ownerUrl } = config;
  if (databaseUrl === undefined) {
    if (ownerUrl === undefined) return embeddedPlace(config, onError);
    return { appUrl: appUrlFrom(ownerUrl), ownerUrl, stop: nothing };
  }
  if (ownerUrl !== undefined) return { appUrl: databaseUrl, ownerUrl, stop: nothing };
  // Only the demo (and tests) take an owner's URL for the app's: anywhere else it is a mistake, refused below.
  const isOwner =
    config.demo &&
    (await withClient(databaseUrl, async (executor) => wallBreach(await roleFacts(executor)) !== undefined));
  return isOwner
    ? { appUrl: appUrlFrom(databaseUrl), ownerUrl: databaseUrl, stop: nothing }
    : { appUrl: databaseUrl, stop: nothing };
}

async function prepare(place: Place, installers: readonly Installer[]): Promise<void> {
  if (place.ownerUrl !== undefined) {
    const derived = place.appUrl === appUrlFrom(place.ownerUrl);
    await migrate({ ownerUrl: place.ownerUrl, appUser: userOf(place.appUrl), enableAppLogin: derived, installers });
  }
  await withClient(place.appUrl, async (executor) => {
    await requireWalledRole(executor);
    await requireMigrated(executor);
  });
}

/** Opens the pools of a database that is known to be migrated, for a role that is known to be walled. */
export function openDatabase(
  appUrl: string,
  options: ConnectOptions = {},
  stop: () => Promise<void> = nothing,
): Database {
  const onError = options.onError === undefined ? {} : { onError: options.onError };
  const http = createPool({
    url: appUrl,
    name: "http",
    max: options.httpConnections ?? 10,
    connectTimeoutMs: 1_000,
    statementTimeoutMs: 3_000,
    lockTimeoutMs: 2_000,
    idleInTransactionTimeoutMs: 3_000,
    ...onError,
  });
  const worker = createPool({
    url: appUrl,
    name: "worker",
    max: options.workerConnections ?? 16,
    connectTimeoutMs: 2_000,
    statementTimeoutMs: 2_000,
    lockTimeoutMs: 1_500,
    idleInTransactionTimeoutMs: 2_000,
    ...onError,
  });
  return {
    http,
    worker,
    session: (session) => openSession(appUrl, session),
    async close() {
      await Promise.allSettled([http.close(), worker.close()]);
      await stop();
    },
  };
}

/**
 * Connects as the contract says: embedded without any URL; migrates where the owner's URL is known; refuses a role that is
 * superuser, owner or BYPASSRLS. Throws `configuration_invalid` or `database_unavailable`.
 */
export async function connectDatabase(config: DatabaseConfig, options: ConnectOptions = {}): Promise<Database> {
  const place = await findPlace(config, options.onError);
  try {
    await prepare(place, options.installers ?? []);
    return openDatabase(place.appUrl, options, place.stop);
  } catch (error) {
    await place.stop();
    throw error instanceof AdapterError ? error : toDatabaseError(error);
  }
}
