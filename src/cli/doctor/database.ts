/** Is the database there, behind its wall, up to date, and of our time? */
import type { Config } from "../../config/config.ts";
import { toAdapterError } from "../../core/errors.ts";
import { openDatabase } from "../../db/connect.ts";
import { startEmbedded } from "../../db/embedded.ts";
import type { DatabaseFinding } from "../../db/inspect.ts";
import { inspectDatabase } from "../../db/inspect.ts";
import { appRole, appUrlFrom } from "../../db/roles.ts";
import { createBoss } from "../../jobs/boss.ts";
import type { Check } from "./check.ts";
import { broken, held } from "./check.ts";

interface Place {
  readonly appUrl: string;
  /** Known: the adapter migrates by itself at its start. */
  readonly ownerUrl?: string;
  /** For people; without user and password. */
  readonly name: string;
  readonly stop: () => Promise<void>;
}

export async function checkDatabase(config: Config): Promise<readonly Check[]> {
  let place: Place | undefined;
  try {
    place = await findPlace(config);
    return await lookAt(place);
  } catch (error) {
    const { title, fix } = explain(error, place);
    return [broken("database", title, fix)];
  } finally {
    await place?.stop();
  }
}

/** Where the configured database is; starts the embedded one where none is given. */
export async function findPlace({ databaseUrl, databaseMigrationUrl, dataDir }: Config): Promise<Place> {
  const given = databaseUrl ?? databaseMigrationUrl;
  if (given === undefined) {
    const embedded = await startEmbedded({ dataDir });
    const { ownerUrl } = embedded;
    return { appUrl: appUrlFrom(ownerUrl), ownerUrl, name: `embedded, under ${dataDir}`, stop: () => embedded.stop() };
  }
  const { host, pathname } = new URL(given);
  return {
    appUrl: databaseUrl ?? appUrlFrom(given),
    ...(databaseMigrationUrl === undefined ? {} : { ownerUrl: databaseMigrationUrl }),
    name: `${pathname.slice(1)} at ${host === "" ? "a local socket" : host}`,
    stop: async () => undefined,
  };
}

function explain(error: unknown, place: Place | undefined): { title: string; fix: string } {
  const { code, message, fix } = toAdapterError(error);
  if (code !== "database_unavailable" && place !== undefined)
    return { title: `${place.name}: it answered what a Postgres does not`, fix };
  if (place === undefined)
    return {
      title: `the embedded database did not start: ${message}`,
      fix: "See server.log in its folder, or set DATABASE_URL.",
    };
  return { title: `${place.name}: not reachable`, fix: "Check host, port and firewall, and that Postgres runs." };
}

async function lookAt(place: Place): Promise<readonly Check[]> {
  const app = await inspectDatabase(place.appUrl);
  const seen = app ?? (place.ownerUrl === undefined ? undefined : await inspectDatabase(place.ownerUrl));
  if (seen === undefined) {
    const fix = "Check user and password; `handover migrate` as the owner makes the role.";
    return [broken("database", `${place.name}: the login was refused`, fix)];
  }
  const version = `PostgreSQL ${Math.floor(seen.serverVersion / 10_000)}.${seen.serverVersion % 10_000}`;
  return [
    held("database", `${place.name}; ${version}, answers in ${seen.roundTripMs} ms`),
    roleCheck(app),
    schemaCheck(seen, place),
    await queueCheck(app, seen, place),
    clockCheck(seen),
  ];
}

function roleCheck(app: DatabaseFinding | undefined): Check {
  if (app === undefined) return held("role", `${appRole} is not there yet: the first start makes it`);
  if (app.breach === undefined) return held("role", `${app.role} stands behind row-level security`);
  const fix = `Give this URL as DATABASE_MIGRATION_URL, and as DATABASE_URL one whose role is a member of ${appRole} only.`;
  return broken("role", `${app.role} may not be used: ${app.breach}`, fix);
}

function schemaCheck({ pending }: DatabaseFinding, { ownerUrl }: Place): Check {
  if (pending.length === 0) return held("schema", "up to date");
  const found = `${pending.length} migrations are not applied, from ${pending[0] ?? ""}`;
  if (ownerUrl !== undefined) return held("schema", `${found}; the next start applies them`);
  return broken("schema", found, "Run `handover migrate` with DATABASE_MIGRATION_URL set to the owner.");
}

/** Started and stopped without taking anything: the queue itself knows best whether its schema fits. */
async function queueCheck(app: DatabaseFinding | undefined, seen: DatabaseFinding, place: Place): Promise<Check> {
  if (app === undefined || (seen.pending.length > 0 && place.ownerUrl !== undefined))
    return held("queue", "installed by the next start");
  const database = openDatabase(place.appUrl);
  try {
    const boss = await createBoss({ database, maintain: false });
    await boss.stop();
    return held("queue", "pg-boss's schema is there and open to the role");
  } catch {
    return broken("queue", "pg-boss's schema is missing or closed to the role", "Run `handover migrate` as the owner.");
  } finally {
    await database.close();
  }
}

/** Leases and time-outs are measured by the database's clock; signatures and tokens by ours. */
const MOST_OFFSET_MS = 2_000;

function clockCheck({ clockOffsetMs, roundTripMs }: DatabaseFinding): Check {
  const found = `the database is ${Math.abs(clockOffsetMs)} ms ${clockOffsetMs < 0 ? "behind" : "ahead"}`;
  if (Math.abs(clockOffsetMs) - roundTripMs <= MOST_OFFSET_MS) return held("clock", found);
  return broken("clock", found, "Let both machines take their time from the same NTP source.");
}
