/**
 * Verifies a tenant's audit log: numbers without gaps, every hash right, the end where the head says it is, and what is not
 * chained yet as it was written.
 */
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import { CHAIN_START, auditKey, chainHash, pendingHash } from "./chain.ts";
import { toEntry } from "./entry.ts";
import { headQuery, readAfterQuery, readPendingQuery } from "./store.ts";

export type AuditVerdict =
  | { readonly ok: true; readonly entries: number; readonly pending: number; readonly hash: string }
  | { readonly ok: false; readonly entries: number; readonly at: number; readonly problem: "gap" | "changed" | "cut" };

const PAGE = 500;

/** Reads the whole log in pages; `at` of a bad verdict is the first number that does not hold. */
export async function verifyAudit(db: Executor, tenant: string, masterKey: Uint8Array): Promise<AuditVerdict> {
  const key = auditKey(masterKey);
  let previous = CHAIN_START;
  let number = 0;
  for (;;) {
    const rows = await run(db, readAfterQuery, tenant, number, PAGE);
    for (const row of rows) {
      if (Number(row.number) !== number + 1) return { ok: false, entries: number, at: number + 1, problem: "gap" };
      const expected = chainHash(key, previous, {
        entry: toEntry(tenant, row),
        number: number + 1,
        at: row.at.toISOString(),
      });
      if (!expected.equals(row.hash)) return { ok: false, entries: number, at: number + 1, problem: "changed" };
      previous = row.hash;
      number += 1;
    }
    if (rows.length < PAGE) break;
  }
  const [head] = await run(db, headQuery, tenant);
  // Entries that were appended while we read are no fault: the head may be ahead only if they are there too.
  const isCut = Number(head?.number ?? 0) > number && (await run(db, readAfterQuery, tenant, number, 1)).length === 0;
  if (isCut) return { ok: false, entries: number, at: number + 1, problem: "cut" };
  const pending = await run(db, readPendingQuery, tenant, PAGE);
  const altered = pending.some((row) => !pendingHash(key, toEntry(tenant, row), row.at.toISOString()).equals(row.hash));
  if (altered) return { ok: false, entries: number, at: number + 1, problem: "changed" };
  return { ok: true, entries: number, pending: pending.length, hash: previous.toString("hex") };
}
