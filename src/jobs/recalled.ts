/** That a summary was recalled, as its row tells it. */
import type { SealContext, Sealer } from "../db/sealer.ts";
import { openJson } from "../db/sealer.ts";

/** One recall of a summary. */
export interface SummaryRecall {
  readonly id: string;
  readonly cause: "model" | "prompt" | "source";
  /** The model's name, the prompt's version, or the record. */
  readonly subject: string;
  /** RFC 3339. */
  readonly at: string;
  /** Why, in the words of whoever recalled. */
  readonly reason: string;
}

/** As the database aggregates it; the reason in base64. */
export interface RecallEntry {
  readonly id: string;
  readonly cause: SummaryRecall["cause"];
  readonly subject: string;
  readonly at: string;
  readonly sealed: string;
}

/** The seal of a recall's reason. */
export const recallContext = (tenant: string, cause: string, subject: string): SealContext => ({
  tenant,
  purpose: "recall",
  id: cause,
  version: subject,
});

/** Column of a summary's row: its recalls, the oldest first; null where there are none. `s` is the summary. */
export const recallsColumn = `(select jsonb_agg(jsonb_build_object('id', r.id, 'cause', r.cause, 'subject', r.subject, 'at', x.at,
       'sealed', encode(r.sealed, 'base64')) order by x.at)
     from handover.summary_recall x join handover.recall r on r.tenant = x.tenant and r.id = x.recall
     where x.tenant = s.tenant and x.job = s.job) as recalls`;

export function openRecall(sealer: Sealer, tenant: string, entry: RecallEntry): SummaryRecall {
  const { id, cause, subject, at, sealed } = entry;
  const said = openJson(sealer, Buffer.from(sealed, "base64"), recallContext(tenant, cause, subject)) as {
    readonly reason: string;
  };
  return { id, cause, subject, at: new Date(at).toISOString(), reason: said.reason };
}
