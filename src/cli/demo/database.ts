/** A fresh database for one run: in the embedded cluster, or on the server that DATABASE_URL names. */
import type { Config } from "../../config/config.ts";
import { startEmbedded } from "../../db/embedded.ts";
import { migrate } from "../../db/migrate.ts";
import { appUrlFrom, userOf } from "../../db/roles.ts";
import { createScratchDatabase, inDatabase } from "../../db/scratch.ts";
import { installQueues } from "../../jobs/boss.ts";

export interface DemoDatabase {
  /** The URLs that the adapter's processes are given. */
  readonly environment: Readonly<Record<string, string>>;
  /** False where the role may not create databases, so that the given one is used as it is. */
  readonly fresh: boolean;
  close(): Promise<void>;
}

type DatabaseSettings = Pick<Config, "databaseUrl" | "databaseMigrationUrl" | "dataDir">;

/** Starts or reaches the server and migrates. */
export async function prepareDatabase(config: DatabaseSettings, nowMs: number): Promise<DemoDatabase> {
  const given = config.databaseMigrationUrl ?? config.databaseUrl;
  const embedded = given === undefined ? await startEmbedded({ dataDir: config.dataDir }) : undefined;
  const stop = async (): Promise<void> => embedded?.stop();
  try {
    const serverUrl = given ?? embedded?.ownerUrl ?? "";
    const scratch = await createScratchDatabase(serverUrl, nowMs);
    if (scratch === undefined) return { environment: asGiven(config), fresh: false, close: stop };
    const appUrl = givenAppUrl(config, scratch.name);
    const login = appUrl === undefined ? { enableAppLogin: true } : { appUser: userOf(appUrl) };
    await migrate({ ownerUrl: scratch.ownerUrl, installers: [installQueues], ...login }).catch(
      async (error: unknown) => {
        await scratch.drop().catch(() => undefined);
        throw error;
      },
    );
    return {
      environment: { DATABASE_URL: appUrl ?? appUrlFrom(scratch.ownerUrl) },
      fresh: true,
      close: async () => {
        await scratch.drop().catch(() => undefined);
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where both URLs are given, the app's role goes on being the given one. */
function givenAppUrl({ databaseUrl, databaseMigrationUrl }: DatabaseSettings, name: string): string | undefined {
  const both = databaseUrl !== undefined && databaseMigrationUrl !== undefined;
  return both ? inDatabase(databaseUrl, name) : undefined;
}

/** The adapter migrates at its start where it is given an owner's URL. */
function asGiven({ databaseUrl, databaseMigrationUrl }: DatabaseSettings): Record<string, string> {
  return {
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...(databaseMigrationUrl === undefined ? {} : { DATABASE_MIGRATION_URL: databaseMigrationUrl }),
  };
}
