/** Where an embedded cluster lies: in the data folder, or, where the database's user cannot enter that, in the system's. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { DatabaseUser } from "./database-user.ts";
import { canReach } from "./database-user.ts";

const systemState = "/var/lib/handover";

/** In a data folder: names the cluster that lies elsewhere. In the system's folder, beside a cluster: names the data folder. */
const pointerOf = (dataDir: string): string => join(dataDir, "postgres.place");
const originOf = (cluster: string): string => `${cluster}.origin`;

const readLine = (file: string): Promise<string | undefined> =>
  readFile(file, "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );

/** Removes clusters whose data folder is gone or names another one. Only root gets here, and only when it makes a new one. */
async function removeOrphans(clusters: string): Promise<void> {
  const files = await readdir(clusters);
  for (const file of files.filter((name) => name.endsWith(".origin"))) {
    const cluster = join(clusters, basename(file, ".origin"));
    const origin = await readLine(join(clusters, file));
    if (origin !== undefined && (await readLine(pointerOf(origin))) === cluster) continue;
    if (
      await stat(join(cluster, "data", "postmaster.pid")).then(
        () => true,
        () => false,
      )
    )
      continue;
    await rm(cluster, { recursive: true, force: true });
    await rm(join(clusters, file), { force: true });
  }
}

/** A new place in the system's folder, known to both sides; of two processes at once, the first one's counts. */
async function placeOutside(dataDir: string, stateFolder: string): Promise<string> {
  const clusters = join(stateFolder, "clusters");
  await mkdir(clusters, { recursive: true });
  for (const folder of [stateFolder, clusters]) await chmod(folder, 0o711);
  await removeOrphans(clusters);
  const cluster = join(clusters, randomBytes(8).toString("hex"));
  await writeFile(originOf(cluster), `${dataDir}\n`, { mode: 0o600 });
  await writeFile(pointerOf(dataDir), `${cluster}\n`, { flag: "wx", mode: 0o600 }).catch(() => undefined);
  const counted = (await readLine(pointerOf(dataDir))) ?? cluster;
  if (counted !== cluster) await rm(originOf(cluster), { force: true });
  return counted;
}

/**
 * The cluster's folder for a data folder. Our own data folder may be opened for passing through (not for reading); the
 * folders above it are not ours to change.
 */
export async function clusterFolder(
  dataDir: string,
  user: DatabaseUser | undefined,
  stateFolder = systemState,
): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  if (user === undefined) return join(dataDir, "postgres");
  const known = await readLine(pointerOf(dataDir));
  if (known !== undefined && dirname(known) !== "/") return known;
  await chmod(dataDir, ((await stat(dataDir)).mode & 0o777) | 0o011);
  return (await canReach(user, dataDir)) ? join(dataDir, "postgres") : placeOutside(dataDir, stateFolder);
}
