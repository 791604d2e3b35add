/** Roles: the owner migrates, `handover_app` works behind the wall, `handover_system` owns the cross-tenant functions. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { escapeIdentifier } from "pg";
import { AdapterError } from "../core/errors.ts";
import { sqlState } from "./pg-errors.ts";
import type { Executor } from "./query.ts";

export const appRole = "handover_app";
export const systemRole = "handover_system";

const oldestServer = 150_000;

/** Roles belong to the whole cluster, so two databases that migrate at once touch the same catalogue rows. */
async function withCatalogueRetry(work: () => Promise<unknown>): Promise<void> {
  for (let round = 1; ; round += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const collided = ["XX000", "23505", "42710"].includes(sqlState(error) ?? "");
      if (!collided || round === 8) throw error;
      await delay(20 * round);
    }
  }
}

async function roleExists(owner: Executor, name: string): Promise<boolean> {
  return (await owner.query("select 1 from pg_roles where rolname = $1", [name])).rowCount === 1;
}

async function ensureRole(owner: Executor, name: string): Promise<void> {
  if (await roleExists(owner, name)) return;
  const create = `create role ${name} nologin nosuperuser nobypassrls nocreatedb nocreaterole`;
  await orAskAdministrator(
    `CREATE ROLE ${appRole} NOLOGIN; CREATE ROLE ${systemRole} NOLOGIN; GRANT ${systemRole} TO <owner>`,
    () =>
      withCatalogueRetry(async () => {
        if (!(await roleExists(owner, name))) await owner.query(create, []);
      }),
  );
}

/** Roles belong to the server: where they were made by somebody else, the owner of one database may not hand them out. */
async function orAskAdministrator(statement: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (sqlState(error) !== "42501") throw error;
    throw new AdapterError("configuration_invalid", {
      message: `The migrating role lacks a right on the server's roles. If it is not the database's owner, set DATABASE_MIGRATION_URL to its owner; else ask the database administrator for: ${statement};`,
      cause: error,
    });
  }
}

/**
 * Creates the two roles, and makes the migrating role able to hand functions to `handover_system` (PostgreSQL 16 and later
 * give a role's creator the right to administer it, not to act as it). `login` is the user of DATABASE_URL when that is
 * another role: it becomes a member of `handover_app`.
 */
export async function ensureRoles(owner: Executor, login?: string): Promise<void> {
  await ensureRole(owner, appRole);
  await ensureRole(owner, systemRole);
  const acts = await owner.query(
    "select rolsuper or pg_has_role(current_user, $1, 'usage') as yes from pg_roles where rolname = current_user",
    [systemRole],
  );
  if (!acts.rows.some((row) => isYes(row)))
    await orAskAdministrator(`GRANT ${systemRole} TO <owner>`, () =>
      withCatalogueRetry(() => owner.query(`grant ${systemRole} to current_user`, [])),
    );
  if (login === undefined || login === appRole) return;
  const member = await owner.query(
    "select pg_has_role($1::name, $2::name, 'usage') as yes from pg_roles where rolname = $1",
    [login, appRole],
  );
  if (member.rows.length > 0 && !member.rows.some((row) => isYes(row))) {
    await orAskAdministrator(`GRANT ${appRole} TO <user of DATABASE_URL>`, () =>
      withCatalogueRetry(() => owner.query(`grant ${appRole} to ${escapeIdentifier(login)}`, [])),
    );
  }
}

function isYes(row: unknown): boolean {
  return typeof row === "object" && row !== null && "yes" in row && row.yes === true;
}

/** The role that a URL connects as. URLs of a socket have no place for it and carry it as a parameter. */
export function userOf(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return url.searchParams.get("user") ?? decodeURIComponent(url.username);
}

/** The app's password, derived from the owner's: replicas that know the same owner's URL agree without talking. */
export function derivedAppPassword(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  const password = url.searchParams.get("password") ?? decodeURIComponent(url.password);
  return createHmac("sha256", `handover app role ${password}`).update(appRole).digest("base64url");
}

/** The owner's URL with the app's role and password in place of the owner's. */
export function appUrlFrom(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  const password = derivedAppPassword(ownerUrl);
  if (url.host === "" || url.searchParams.has("user")) {
    url.searchParams.set("user", appRole);
    url.searchParams.set("password", password);
  } else {
    url.username = appRole;
    url.password = password;
  }
  return url.toString();
}

/** SCRAM verifier (RFC 5803): the server, and its log, never see the password itself. */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(16), iterations = 4_096): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString("base64")}$${storedKey}:${serverKey}`;
}

/** Lets `handover_app` log in with its derived password. */
export async function enableAppLogin(owner: Executor, ownerUrl: string): Promise<void> {
  const verifier = scramVerifier(derivedAppPassword(ownerUrl));
  const statement = `CREATE ROLE <user> LOGIN PASSWORD '...' IN ROLE ${appRole}, and give that user in DATABASE_URL`;
  await orAskAdministrator(statement, () =>
    withCatalogueRetry(() => owner.query(`alter role ${appRole} login password '${verifier}'`, [])),
  );
}

interface RoleFacts {
  readonly version: number;
  readonly superuser: boolean;
  readonly bypass: boolean;
  readonly owner: boolean;
  readonly system: boolean;
}

/** What the connected role is, as far as the wall is concerned. */
export async function roleFacts(connection: Executor): Promise<RoleFacts> {
  const { rows } = await connection.query(
    `select current_setting('server_version_num')::int as version, r.rolsuper as superuser, r.rolbypassrls as bypass,
       coalesce((select pg_has_role(session_user, nspowner, 'member') from pg_namespace where nspname = 'handover'),
                has_database_privilege(session_user, current_database(), 'create')) as owner,
       coalesce((select pg_has_role(session_user, oid, 'member') from pg_roles where rolname = '${systemRole}'), false) as system
     from pg_roles r where r.rolname = session_user`,
    [],
  );
  return rows[0] as RoleFacts;
}

/** Why the wall would not hold for a role; undefined when it holds. */
export function wallBreach(facts: RoleFacts): string | undefined {
  if (facts.superuser) return "it is a superuser";
  if (facts.bypass) return "it has BYPASSRLS";
  if (facts.owner) return "it owns the schema";
  if (facts.system) return `it is a member of ${systemRole}`;
  return undefined;
}

/** Refuses a server that is too old, and a role for which row-level security would be void. */
export async function requireWalledRole(connection: Executor): Promise<void> {
  const facts = await roleFacts(connection);
  requireServerVersion(facts.version);
  const breach = wallBreach(facts);
  if (breach === undefined) return;
  throw new AdapterError("configuration_invalid", {
    message:
      `The role of DATABASE_URL may not be used: ${breach}, so the wall between tenants would not hold. ` +
      `Give this URL as DATABASE_MIGRATION_URL, and as DATABASE_URL one whose role is a member of ${appRole} only.`,
  });
}

export function requireServerVersion(version: number): void {
  if (version >= oldestServer) return;
  throw new AdapterError("configuration_invalid", {
    message: `PostgreSQL 15 or later is needed; this server is ${Math.floor(version / 10_000)}.`,
  });
}
