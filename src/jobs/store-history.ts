/** Statements on the life of summaries and on what their drafts were written from. Contents are sealed. */
import type { SummaryActName } from "../core/summary/history.ts";
import type { DocStatus } from "../core/summary/status.ts";
import { GATE, tenantQuery } from "../db/query.ts";

export interface ActRow {
  readonly number: number;
  readonly act: SummaryActName;
  readonly version: number;
  readonly revision: number;
  readonly doc_status: DocStatus;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly actor_display: string | null;
  readonly at: Date;
  readonly sha256: string;
  readonly previous: string;
  readonly chain: string;
  readonly sealed: Buffer;
}

export const readActs = tenantQuery<ActRow, readonly [job: string]>(
  "summary-acts.read",
  `select number, act, version, revision, doc_status, actor_kind, actor_id, actor_display, at, sha256, previous, chain, sealed
   from handover.summary_act where ${GATE} and tenant = $1 and job = $2 order by number`,
);

/** The end of the chain; the caller holds the job's row. */
export const lastAct = tenantQuery<Pick<ActRow, "number" | "chain">, readonly [job: string]>(
  "summary-acts.last",
  `select number, chain from handover.summary_act where ${GATE} and tenant = $1 and job = $2 order by number desc limit 1`,
);

export const insertAct = tenantQuery<
  { readonly number: number },
  readonly [
    job: string,
    number: number,
    act: SummaryActName,
    version: number,
    revision: number,
    docStatus: DocStatus,
    actorKind: string,
    actorId: string,
    actorDisplay: string | null,
    at: string,
    sha256: string,
    previous: string,
    chain: string,
    sealed: Buffer,
  ]
>(
  "summary-acts.insert",
  `insert into handover.summary_act (tenant, job, number, act, version, revision, doc_status, actor_kind, actor_id, actor_display, at, sha256, previous, chain, sealed)
   select $1, $2, $3::int, $4, $5::int, $6::int, $7, $8, $9, $10::text, $11::timestamptz, $12, $13, $14, $15::bytea where ${GATE}
   returning number`,
);

export const putSources = tenantQuery<
  { readonly version: number },
  readonly [job: string, version: number, sealed: Buffer]
>(
  "summary-sources.put",
  `insert into handover.summary_sources (tenant, job, version, sealed) select $1, $2, $3::int, $4::bytea where ${GATE} returning version`,
);

/** Of the newest draft: amendments rest on what their draft rested on. */
export const readSources = tenantQuery<{ readonly version: number; readonly sealed: Buffer }, readonly [job: string]>(
  "summary-sources.newest",
  `select version, sealed from handover.summary_sources where ${GATE} and tenant = $1 and job = $2 order by version desc limit 1`,
);

/** What the audit log says of the summary's acts, `history:` and the hash of each; chained there or about to be. */
export const readAuditedActs = tenantQuery<{ readonly reason: string }, readonly [job: string]>(
  "summary-acts.audited",
  `select reason from handover.audit where ${GATE} and tenant = $1 and job = $2 and reason like 'history:%'
   union select reason from handover.audit_pending where ${GATE} and tenant = $1 and job = $2 and reason like 'history:%'`,
);
