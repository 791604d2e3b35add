/**
 * Makes the secrets of `docker compose up`, once: `node scripts/compose-secrets.ts OWNER_FOLDER APP_FOLDER`. The first folder
 * is for who owns the database, the second for the adapter and the sandbox. What is there already stays as it is.
 */
import { randomBytes } from "node:crypto";
import { chown, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Users of the images that read the files. */
const users = { root: 0, postgres: 999, node: 1000 } as const;
type User = keyof typeof users;

/** Makes a file that its one reader may read, unless it exists. Resolves with what stands in it. */
async function secret(path: string, reader: User, make: () => string): Promise<string> {
  try {
    await writeFile(path, make(), { mode: 0o400, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    return readFile(path, "utf8");
  }
  if (process.getuid?.() === 0) await chown(path, users[reader], users[reader]);
  return readFile(path, "utf8");
}

const random = (bytes: number) => (): string => randomBytes(bytes).toString("base64url");

/** Safe to run at each start. */
async function makeSecrets(owner: string, app: string): Promise<void> {
  const ownerPassword = await secret(join(owner, "owner-password"), "root", random(32));
  const appPassword = await secret(join(owner, "app-password"), "postgres", random(32));
  const url = (user: string, password: string) => (): string =>
    `postgresql://${user}:${password}@postgres:5432/handover`;
  await secret(join(owner, "owner-url"), "node", url("handover_owner", ownerPassword));
  await secret(join(app, "app-url"), "node", url("handover_adapter", appPassword));
  await secret(join(app, "master-key"), "node", () => randomBytes(32).toString("base64"));
  await secret(join(app, "webhook-secret"), "node", () => `whsec_${randomBytes(32).toString("base64")}`);
  for (const client of ["poller", "subscriber"]) await secret(join(app, `${client}-key`), "node", random(32));
}

const [owner, app] = process.argv.slice(2);
if (owner === undefined || app === undefined) {
  process.stderr.write("usage: node scripts/compose-secrets.ts OWNER_FOLDER APP_FOLDER\n");
  process.exitCode = 2;
} else await makeSecrets(owner, app);
