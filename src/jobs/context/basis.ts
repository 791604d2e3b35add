/** The basis of a draft at rest: packed, sealed, and gone when the draft is signed or discarded. */
import { promisify } from "node:util";
import { deflate, inflate } from "node:zlib";
import type { ChartBasis } from "../../core/chart/chart-basis.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { SealContext, Sealer } from "../../db/sealer.ts";
import { deleteBasis, deleteValues, putBasis, readBasis } from "./store.ts";

const pack = promisify(deflate);
const unpack = promisify(inflate);

const context = (tenant: string, job: string): SealContext => ({ tenant, purpose: "chart", id: job, version: "basis" });

/** Packs and seals a basis; done before the transaction that stores it, where that can be. */
export async function sealBasis(sealer: Sealer, tenant: string, job: string, basis: ChartBasis): Promise<Buffer> {
  return sealer.seal(await pack(JSON.stringify(basis)), context(tenant, job));
}

export async function storeBasis(tx: Executor, tenant: string, job: string, sealed: Buffer): Promise<void> {
  await run(tx, putBasis, tenant, job, sealed);
}

/** What the job's draft was written from; undefined for drafts of releases that kept nothing. */
export async function loadBasis(
  tx: Executor,
  sealer: Sealer,
  tenant: string,
  job: string,
): Promise<ChartBasis | undefined> {
  const [row] = await run(tx, readBasis, tenant, job);
  if (row === undefined) return undefined;
  // Nobody else can have written it: the seal is ours.
  return JSON.parse((await unpack(sealer.open(row.sealed, context(tenant, job)))).toString("utf8")) as ChartBasis;
}

/** Signed or discarded: what the chart does from now on is no news of this draft. */
export async function forgetContext(tx: Executor, tenant: string, job: string): Promise<void> {
  await run(tx, deleteBasis, tenant, job);
  await run(tx, deleteValues, tenant, job);
}
