/** Who runs the embedded server. Postgres refuses to run as root, so root lends it an existing unprivileged user. */
import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";

export interface DatabaseUser {
  readonly uid: number;
  readonly gid: number;
}

/** In order of preference; initdb needs a user with an entry in the user database, so a bare number will not do. */
const candidates = ["postgres", "handover", "nobody"];

/** The user to start Postgres as; undefined: as ourselves (not root, or Windows). */
export async function databaseUser(passwdFile = "/etc/passwd"): Promise<DatabaseUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const entries = (await readFile(passwdFile, "utf8")).split("\n").map((line) => line.split(":"));
  for (const name of candidates) {
    const entry = entries.find((fields) => fields[0] === name);
    const uid = Number(entry?.[2]);
    const gid = Number(entry?.[3]);
    if (Number.isInteger(uid) && uid > 0 && Number.isInteger(gid)) return { uid, gid };
  }
  throw new Error(
    `the embedded database cannot run as root and found none of the users ${candidates.join(", ")}; ` +
      "start the adapter as an ordinary user, or set DATABASE_URL",
  );
}

/** True when `user` may pass through every folder on the way to `path`, and through (`read`: also list) that one. */
export async function canReach(user: DatabaseUser, path: string, read = false): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const info = await stat(folder);
    const shift = info.uid === user.uid ? 6 : info.gid === user.gid ? 3 : 0;
    const needed = read && folder === path ? 0o5 : 0o1;
    if (((info.mode >> shift) & needed) !== needed) return false;
    if (dirname(folder) === folder) return true;
  }
}
