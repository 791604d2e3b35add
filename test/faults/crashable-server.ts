/** The database of a run of faults. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbedded } from "../../src/db/embedded.ts";

export interface CrashableServer {
  readonly ownerUrl: string;
  /** Stops it as a power cut would (immediate shutdown); it comes back by itself. Absent for a server that was given. */
  readonly crash?: () => Promise<void>;
  stop(): Promise<void>;
}

/** A durable server of its own (fsync on), which may be crashed; a given one is left alone. */
export async function startCrashableServer(): Promise<CrashableServer> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "") return { ownerUrl: given, stop: async () => undefined };
  const dataDir = await mkdtemp(join(tmpdir(), "handover-faults-"));
  const embedded = await startEmbedded({ dataDir });
  // Within five seconds of the server's start a free session lock does not yet tell a dead worker.
  await delay(5_000);
  return {
    ownerUrl: embedded.ownerUrl,
    async crash() {
      const pid = Number((await readFile(join(dataDir, "postgres", "data", "postmaster.pid"), "utf8")).split("\n")[0]);
      process.kill(pid, "SIGQUIT");
    },
    async stop() {
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
