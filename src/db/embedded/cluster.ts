/** One embedded cluster on disk: created once, started, attached to, stopped. Knows processes and files, not our schema. */
import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Binaries } from "./binaries.ts";
import type { DatabaseUser } from "./database-user.ts";

const run = promisify(execFile);

/** The superuser of an embedded cluster; owns the schema. */
export const ownerRole = "handover_owner";

export interface ClusterPlace {
  /** Holds `data/`, `owner.key` and `server.log`. */
  readonly folder: string;
  readonly binaries: Binaries;
  readonly user: DatabaseUser | undefined;
}

const maxLogBytes = 8 * 1024 * 1024;

/** What the running server wrote into postmaster.pid. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

const dataFolder = (place: ClusterPlace): string => join(place.folder, "data");
const keyFile = (place: ClusterPlace): string => join(place.folder, "owner.key");
const pidFile = (place: ClusterPlace): string => join(dataFolder(place), "postmaster.pid");
const ids = (place: ClusterPlace): { uid?: number; gid?: number } => place.user ?? {};

async function hand(place: ClusterPlace, path: string): Promise<void> {
  if (place.user !== undefined) await chown(path, place.user.uid, place.user.gid);
}

/**
 * Creates the cluster unless it exists. It is built in a draft folder and renamed, so that a kill leaves no half-made
 * cluster, and of two processes that create it at once one wins whole.
 */
export async function createCluster(place: ClusterPlace): Promise<void> {
  if (
    await stat(dataFolder(place)).then(
      () => true,
      () => false,
    )
  )
    return;
  const draft = { ...place, folder: `${place.folder}.${randomBytes(6).toString("hex")}` };
  try {
    await mkdir(dataFolder(draft), { recursive: true });
    // The database's user must pass through to its own data folder, whatever our umask is.
    await chmod(draft.folder, 0o711);
    await chmod(dataFolder(draft), 0o700);
    await hand(draft, dataFolder(draft));
    await initialise(draft);
    await rename(draft.folder, place.folder);
  } catch (error) {
    await rm(draft.folder, { recursive: true, force: true });
    if (
      await stat(dataFolder(place)).then(
        () => true,
        () => false,
      )
    )
      return;
    throw error;
  }
}

async function initialise(draft: ClusterPlace): Promise<void> {
  const password = randomBytes(24).toString("base64url");
  const passwordFile = join(draft.folder, "password");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await hand(draft, passwordFile);
  const flags = [
    "-D",
    dataFolder(draft),
    "-U",
    ownerRole,
    "-A",
    "scram-sha-256",
    "--pwfile",
    passwordFile,
    "-E",
    "UTF8",
    "--locale=C",
    "--no-instructions",
    "--no-sync",
  ];
  await run(draft.binaries.initdb, flags, { ...ids(draft), cwd: "/", env: { ...process.env, LC_ALL: "C" } });
  // Flushed once instead of file by file (which takes ten times as long); the cluster is not used before it is safe.
  await run(draft.binaries.initdb, ["-D", dataFolder(draft), "--sync-only", "--sync-method=syncfs"], {
    ...ids(draft),
    cwd: "/",
  }).catch(() => undefined);
  await unlink(passwordFile);
  await writeFile(keyFile(draft), password, { mode: 0o600 });
}

/** The owner's password. */
export async function ownerPassword(place: ClusterPlace): Promise<string> {
  return (await readFile(keyFile(place), "utf8")).trim();
}

/** The server that claims this data folder, alive or not; undefined: none. */
export async function readPostmaster(place: ClusterPlace): Promise<Postmaster | undefined> {
  const lines = (await readFile(pidFile(place), "utf8").catch(() => "")).split("\n");
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port } : undefined;
}

/** Whether that process is there and is a Postgres: after a crash its number may have been given to another program. */
export async function isPostgresAlive(postmaster: Postmaster): Promise<boolean> {
  try {
    process.kill(postmaster.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  const commandLine = await readFile(`/proc/${postmaster.pid}/cmdline`, "utf8").catch(() => undefined);
  if (commandLine !== undefined) return commandLine.includes("postgres") && !(await isZombie(postmaster.pid));
  const listed = await run("ps", ["-o", "comm=", "-p", String(postmaster.pid)]).catch(() => undefined);
  return listed === undefined || listed.stdout.includes("postgres");
}

async function isZombie(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /\) Z /u.test(status);
}

/** Removes the claim of a dead server, unless another one has taken its place meanwhile. */
export async function removeStaleClaim(place: ClusterPlace, stale: Postmaster): Promise<void> {
  const present = await readPostmaster(place);
  if (present?.pid === stale.pid) await unlink(pidFile(place)).catch(() => undefined);
}

/**
 * Starts the server. A shell stands between: it waits for the end of a pipe that only we hold, so that the server stops when
 * we are killed, and it shields the server from a Ctrl-C meant for us. Writing `keep` into the pipe releases the server.
 */
export async function startServer(
  place: ClusterPlace,
  port: number,
  settings: readonly string[],
): Promise<ChildProcess> {
  const logFile = join(place.folder, "server.log");
  const logBytes = (await stat(logFile).catch(() => undefined))?.size ?? 0;
  if (logBytes > maxLogBytes) await truncate(logFile);
  const log = await open(logFile, "a", 0o600);
  try {
    const flags = ["-D", dataFolder(place), "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
    const [command, args] =
      process.platform === "win32"
        ? [place.binaries.postgres, flags]
        : ["/bin/sh", ["-c", keeper, "handover-postgres", place.binaries.postgres, ...flags]];
    const child = spawn(command, args, {
      ...ids(place),
      cwd: "/",
      detached: true,
      stdio: ["ignore", log.fd, log.fd, "pipe"],
      env: { ...process.env, LC_ALL: "C" },
    });
    child.unref();
    const pipe = child.stdio[3];
    if (pipe !== null && pipe !== undefined && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
    pipe?.on("error", () => undefined);
    child.on("error", () => undefined);
    return child;
  } finally {
    await log.close();
  }
}

/** `$@` is the server's command line. Descriptor 3 is the pipe. */
const keeper = `
trap '' INT TERM HUP
"$@" 3<&- & server=$!
( word=''; read -r word <&3; [ "$word" = keep ] || kill -INT "$server" ) 2>/dev/null & watch=$!
exec 3<&-
wait "$server"; code=$?
kill "$watch" 2>/dev/null
exit "$code"
`;

/** Lets the server outlive us, for the others that use it. */
export function releaseServer(child: ChildProcess): void {
  const pipe = child.stdio[3];
  if (pipe !== null && pipe !== undefined && "write" in pipe) pipe.write("keep\n");
}

/** A TCP port on loopback that nobody listens on right now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
