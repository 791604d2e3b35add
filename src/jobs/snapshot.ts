/** Charts at rest: packed, sealed, beside the job, and gone when it ends. Never in a queue's payload. */
import { promisify } from "node:util";
import { constants, deflate, inflate } from "node:zlib";
import type { FhirResource } from "fhir/r4.js";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { SealContext, Sealer } from "../db/sealer.ts";
import type { ArrivedChart } from "./jobs.ts";
import type { SnapshotKind } from "./store-summary.ts";
import { putSnapshot, readSnapshot } from "./store-summary.ts";

const pack = promisify(deflate);
/** A chart lies here for seconds, and an EHR waits while it is packed. */
const quickly = { level: constants.Z_BEST_SPEED };
const unpack = promisify(inflate);

/** Resources of a chart and, when they were read from the EHR, what could not be read. */
export interface ChartSnapshot {
  readonly resources: readonly FhirResource[];
  readonly gaps: readonly string[];
  /** Of a chart that came later: what brought it. */
  readonly source?: ArrivedChart["source"];
}

const context = (tenant: string, job: string, kind: SnapshotKind): SealContext => ({
  tenant,
  purpose: "chart",
  id: job,
  version: kind,
});

/** Packs and seals a chart; done before the transaction that stores it, because it takes a while for a large one. */
export async function sealSnapshot(
  sealer: Sealer,
  tenant: string,
  job: string,
  kind: SnapshotKind,
  snapshot: ChartSnapshot,
): Promise<Buffer> {
  return sealer.seal(await pack(JSON.stringify(snapshot), quickly), context(tenant, job, kind));
}

/** Stores a sealed chart, in place of an earlier one of the same kind. */
export async function storeSnapshot(
  tx: Executor,
  tenant: string,
  job: string,
  kind: SnapshotKind,
  sealed: Buffer,
): Promise<void> {
  await run(tx, putSnapshot, tenant, job, kind, sealed);
}

/** The stored chart; undefined when there is none. */
export async function loadSnapshot(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
  job: string,
  kind: SnapshotKind,
): Promise<ChartSnapshot | undefined> {
  const [row] = await run(executor, readSnapshot, tenant, job, kind);
  if (row === undefined) return undefined;
  const packed = sealer.open(row.sealed, context(tenant, job, kind));
  return JSON.parse((await unpack(packed)).toString("utf8")) as ChartSnapshot;
}
