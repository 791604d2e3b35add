/** `handover migrate`: forward migrations and the queue's schema, as the owner of the database. */
import type { LoadInput } from "../config/load.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/config.ts";
import { AdapterError } from "../core/errors.ts";
import { startEmbedded } from "../db/embedded.ts";
import { migrate } from "../db/migrate.ts";
import { sqlState, toDatabaseError } from "../db/pg-errors.ts";
import { userOf } from "../db/roles.ts";
import { installQueues } from "../jobs/boss.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";

export interface MigrateCommand {
  readonly flags: NonNullable<LoadInput["flags"]>;
  readonly json: boolean;
}

/** Applies what is missing and says what it was. Safe to run at any time, by several at once. */
export async function migrateDatabase({ flags, json }: MigrateCommand, io: Io): Promise<number> {
  // Nothing is sealed or opened here, so that this step, which has the owner's right, need not be given the master key.
  const { config } = loadConfig({ flags, demo: true });
  const applied = await withOwner(config, (ownerUrl) =>
    migrate({ ownerUrl, ...appOf(config), installers: [installQueues] }),
  );
  if (json) io.stdout(`${JSON.stringify({ applied })}\n`);
  else if (applied.length === 0) io.stdout("The database is up to date.\n");
  else io.stdout(`Applied ${applied.length}:\n${applied.map((name) => `  ${name}\n`).join("")}`);
  return exitCodes.ok;
}

/** Where no URL is given for the app, `handover_app` is made able to log in with a password of the owner's making. */
function appOf({ databaseUrl, databaseMigrationUrl }: Config): { appUser: string } | { enableAppLogin: true } {
  const given = databaseUrl !== undefined && databaseMigrationUrl !== undefined;
  return given ? { appUser: userOf(databaseUrl) } : { enableAppLogin: true };
}

async function withOwner<T>(config: Config, work: (ownerUrl: string) => Promise<T>): Promise<T> {
  const given = config.databaseMigrationUrl ?? config.databaseUrl;
  const embedded = given === undefined ? await startEmbedded({ dataDir: config.dataDir }) : undefined;
  try {
    return await work(given ?? embedded?.ownerUrl ?? "");
  } catch (error) {
    throw explain(error);
  } finally {
    await embedded?.stop();
  }
}

/** Insufficient privilege (42501) and refused logins (28xxx) are the operator's to mend. */
function explain(error: unknown): unknown {
  const state = sqlState(error) ?? "";
  if (state !== "42501" && !state.startsWith("28")) return toDatabaseError(error);
  const message =
    state === "42501"
      ? "The role may not change this database. Set DATABASE_MIGRATION_URL to its owner."
      : "The database refused the login of DATABASE_MIGRATION_URL (or DATABASE_URL). Check user and password.";
  return new AdapterError("configuration_invalid", { message, cause: error });
}
