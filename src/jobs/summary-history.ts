/** Writes an act into a summary's history, in the transaction that carries it out, and reads the history back. */
import type { SummaryAct, SummaryActDetails } from "../core/summary/history.ts";
import { chainOf } from "../core/summary/history.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { SealContext, Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import type { ActRow } from "./store-history.ts";
import { insertAct, lastAct, readActs, readAuditedActs } from "./store-history.ts";

const context = (tenant: string, job: string, number: number): SealContext => ({
  tenant,
  purpose: "summary-act",
  id: job,
  version: String(number),
});

/**
 * Appends one act. The caller holds the job's row, so that no two acts take one number.
 *
 * @returns the act's own hash, for the audit log
 */
export async function appendAct(
  tx: Executor,
  sealer: Sealer,
  tenant: string,
  job: string,
  given: Omit<SummaryAct, "number" | "at" | "previous" | "chain">,
): Promise<string> {
  const [last] = await run(tx, lastAct, tenant, job);
  const act = {
    ...given,
    number: (last?.number ?? 0) + 1,
    at: new Date().toISOString(),
    previous: last?.chain ?? "",
  };
  const chain = chainOf(job, act);
  const { by, details } = act;
  await run(
    tx,
    insertAct,
    tenant,
    job,
    act.number,
    act.act,
    act.version,
    act.revision,
    act.docStatus,
    by.kind,
    by.id,
    by.display ?? null,
    act.at,
    act.sha256,
    act.previous,
    chain,
    sealJson(sealer, details, context(tenant, job, act.number)),
  );
  return chain;
}

function toAct(sealer: Sealer, tenant: string, job: string, row: ActRow): SummaryAct {
  return {
    number: row.number,
    act: row.act,
    version: row.version,
    revision: row.revision,
    docStatus: row.doc_status,
    at: row.at.toISOString(),
    by: {
      kind: row.actor_kind,
      id: row.actor_id,
      ...(row.actor_display === null ? {} : { display: row.actor_display }),
    },
    sha256: row.sha256,
    previous: row.previous,
    chain: row.chain,
    details: openJson(sealer, row.sealed, context(tenant, job, row.number)) as SummaryActDetails,
  };
}

/** All acts, in order; none for a summary from before histories were kept. */
export async function readHistory(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
  job: string,
): Promise<readonly SummaryAct[]> {
  const rows = await run(executor, readActs, tenant, job);
  return rows.map((row) => toAct(sealer, tenant, job, row));
}

/** How an act stands in the audit log, as an entry's reason. */
export const auditedReason = (chain: string): string => `history:${chain}`;

/** Hashes of the acts that the audit log knows of. */
export async function readAudited(executor: Executor, tenant: string, job: string): Promise<readonly string[]> {
  const rows = await run(executor, readAuditedActs, tenant, job);
  return rows.map(({ reason }) => reason.slice(auditedReason("").length));
}
