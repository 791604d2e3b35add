/** Where the adapter keeps its state when HANDOVER_DATA_DIR says nothing. */
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A per-user state folder that the database's user can enter: for root that rules out its home (0700, and Postgres runs as
 * somebody else), so a system folder takes its place.
 */
export function defaultDataDir(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
  userId: number | undefined = process.getuid?.(),
): string {
  if (userId === 0) return "/var/lib/handover";
  if (platform === "win32") return join(env["LOCALAPPDATA"] ?? tmpdir(), "handover");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "handover");
  const state = env["XDG_STATE_HOME"];
  return join(state === undefined || state === "" ? join(homedir(), ".local", "state") : state, "handover");
}
