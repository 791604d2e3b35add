/** What a job was written from goes when the job ends. */
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import { deleteSections, deleteSnapshots } from "./store-summary.ts";

/** Deletes a job's charts and unfinished work, in the transaction that ends it. */
export async function purgeWork(tx: Executor, tenant: string, job: string): Promise<void> {
  await run(tx, deleteSnapshots, tenant, job);
  await run(tx, deleteSections, tenant, job);
}
