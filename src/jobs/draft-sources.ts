/** What a draft was written from, beside the job after the chart itself is gone: references, versions, digests. Sealed. */
import type { DraftSources } from "../core/staleness/sources.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { SealContext, Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import { putSources, readSources } from "./store-history.ts";

const context = (tenant: string, job: string, version: number): SealContext => ({
  tenant,
  purpose: "summary-sources",
  id: job,
  version: String(version),
});

export async function storeSources(
  tx: Executor,
  sealer: Sealer,
  tenant: string,
  job: string,
  version: number,
  sources: DraftSources,
): Promise<void> {
  await run(tx, putSources, tenant, job, version, sealJson(sealer, sources, context(tenant, job, version)));
}

/** Undefined for a draft from before they were kept. */
export async function loadSources(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
  job: string,
): Promise<DraftSources | undefined> {
  const [row] = await run(executor, readSources, tenant, job);
  return row === undefined
    ? undefined
    : (openJson(sealer, row.sealed, context(tenant, job, row.version)) as DraftSources);
}
