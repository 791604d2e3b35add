/** What a draft is reviewed with, at rest: packed, sealed, and gone when the draft is signed or discarded. */
import { promisify } from "node:util";
import { constants, deflate, inflate } from "node:zlib";
import type { ReviewBasis } from "../../core/verification/second-look/review.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { SealContext, Sealer } from "../../db/sealer.ts";
import { deleteReviewBasis, putReviewBasis, readReviewBasis } from "./store.ts";

const pack = promisify(deflate);
const unpack = promisify(inflate);
const quickly = { level: constants.Z_BEST_SPEED };

const context = (tenant: string, job: string): SealContext => ({
  tenant,
  purpose: "chart",
  id: job,
  version: "review",
});

/** Packs and seals a basis; done before the transaction that stores it. */
export async function sealReviewBasis(
  sealer: Sealer,
  tenant: string,
  job: string,
  basis: ReviewBasis,
): Promise<Buffer> {
  return sealer.seal(await pack(JSON.stringify(basis), quickly), context(tenant, job));
}

export async function storeReviewBasis(tx: Executor, tenant: string, job: string, sealed: Buffer): Promise<void> {
  await run(tx, putReviewBasis, tenant, job, sealed);
}

/** What the job's draft is reviewed with; undefined once it is signed or discarded, and for drafts from before there was one. */
export async function loadReviewBasis(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
  job: string,
): Promise<ReviewBasis | undefined> {
  const [row] = await run(executor, readReviewBasis, tenant, job);
  if (row === undefined) return undefined;
  // Nobody else can have written it: the seal is ours.
  return JSON.parse((await unpack(sealer.open(row.sealed, context(tenant, job)))).toString("utf8")) as ReviewBasis;
}

export async function forgetReviewBasis(tx: Executor, tenant: string, job: string): Promise<void> {
  await run(tx, deleteReviewBasis, tenant, job);
}
