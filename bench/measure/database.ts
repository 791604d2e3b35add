/** A migrated database of its own for one benchmark: durable (fsync on), because that is what hospitals run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../src/db/embedded.ts";
import { migrate } from "../../src/db/migrate.ts";
import { appUrlFrom } from "../../src/db/roles.ts";
import { installQueues } from "../../src/jobs/boss.ts";

export interface BenchDatabase {
  readonly ownerUrl: string;
  /** As the adapter connects. */
  readonly appUrl: string;
  /** Stops the server and removes its files. */
  drop(): Promise<void>;
}

export async function startBenchDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "handover-bench-"));
  const cluster = await startEmbedded({ dataDir: join(folder, "data") });
  await migrate({ ownerUrl: cluster.ownerUrl, enableAppLogin: true, installers: [installQueues] });
  return {
    ownerUrl: cluster.ownerUrl,
    appUrl: appUrlFrom(cluster.ownerUrl),
    async drop() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
