/** Statements on summaries, finished sections and the charts they are written from. Contents are sealed. */
import type { DocStatus } from "../core/summary/status.ts";
import type { GenerationRecord } from "../generation/summary-generator.ts";
import { GATE, tenantQuery } from "../db/query.ts";
import type { RecallEntry } from "./recalled.ts";
import { recallsColumn } from "./recalled.ts";

export interface SummaryRow {
  readonly job: string;
  readonly version: number;
  readonly revision: number;
  readonly doc_status: DocStatus;
  readonly engine: "template" | "model";
  readonly model: string | null;
  readonly sha256: string;
  readonly edited: boolean;
  readonly sealed: Buffer;
  readonly created_at: Date;
  readonly signed_by: string | null;
  readonly signed_by_display: string | null;
  readonly signed_at: Date | null;
  readonly patient: string;
  readonly encounter: string;
  /** Of the draft that this version goes back to; null where no model was asked. */
  readonly generation: GenerationRecord | null;
  readonly recalls: readonly RecallEntry[] | null;
}

export const readSummary = tenantQuery<SummaryRow, readonly [job: string]>(
  "summaries.newest",
  `select s.job, s.version, s.revision, s.doc_status, s.engine, s.model, s.sha256, s.edited, s.sealed, s.created_at,
     s.signed_by, s.signed_by_display, s.signed_at, j.patient, j.encounter,
     (select d.generation from handover.summary d
      where d.tenant = s.tenant and d.job = s.job and d.version <= s.version and d.generation is not null
      order by d.version desc limit 1) as generation,
     ${recallsColumn}
   from handover.summary s join handover.job j on j.tenant = s.tenant and j.id = s.job
   where ${GATE} and s.tenant = $1 and s.job = $2 order by s.version desc limit 1`,
);

export interface SignedSummaryRow {
  readonly job: string;
  readonly version: number;
  readonly sealed: Buffer;
  readonly encounter: string;
  readonly signed_at: Date;
  readonly started_at: Date;
}

/** Of each stay the newest summary that was signed and not retracted since. */
export const readSignedOfPatient = tenantQuery<
  SignedSummaryRow,
  readonly [patient: string, withinDays: number, limit: number]
>(
  "summaries.signed-of-patient",
  `select * from (
     select distinct on (j.encounter) s.job, s.version, s.sealed, j.encounter, s.signed_at, j.created_at as started_at
     from handover.job j join lateral (
       select job, version, sealed, signed_at, doc_status from handover.summary
       where tenant = j.tenant and job = j.id order by version desc limit 1) s on true
     where ${GATE} and j.tenant = $1 and j.patient = $2 and s.doc_status in ('final', 'amended')
       and s.signed_at > now() - make_interval(days => $3::int)
     order by j.encounter, j.created_at desc, j.id desc) signed
   order by signed_at desc limit $4::int`,
);

export const insertSummary = tenantQuery<
  { readonly created_at: Date },
  readonly [
    job: string,
    version: number,
    docStatus: DocStatus,
    engine: string,
    model: string | null,
    sha256: string,
    edited: boolean,
    sealed: Buffer,
    signedBy: string | null,
    signedByDisplay: string | null,
  ]
>(
  "summaries.insert",
  `insert into handover.summary (tenant, job, version, doc_status, engine, model, sha256, edited, sealed, signed_by, signed_by_display, signed_at)
   select $1, $2, $3::int, $4, $5, $6, $7, $8::boolean, $9::bytea, $10::text, $11::text, case when $10::text is not null then clock_timestamp() end where ${GATE}
   returning created_at`,
);

/** Stands beside the draft from its first moment, and is never changed. */
export const recordGeneration = tenantQuery<
  { readonly version: number },
  readonly [job: string, version: number, record: string]
>(
  "summaries.record-generation",
  `update handover.summary set generation = $4::jsonb where ${GATE} and tenant = $1 and job = $2 and version = $3::int returning version`,
);

/** Replaces a version's content or state; `revision` is the new one. */
export const updateSummary = tenantQuery<
  { readonly revision: number },
  readonly [
    job: string,
    version: number,
    revision: number,
    docStatus: DocStatus,
    sha256: string,
    edited: boolean,
    sealed: Buffer,
    signedBy: string | null,
    signedByDisplay: string | null,
  ]
>(
  "summaries.update",
  `update handover.summary set revision = $4::int, doc_status = $5, sha256 = $6, edited = $7::boolean, sealed = $8::bytea,
     signed_by = coalesce(signed_by, $9::text), signed_by_display = coalesce(signed_by_display, $10::text),
     signed_at = case when $9::text is not null then coalesce(signed_at, clock_timestamp()) else signed_at end
   where ${GATE} and tenant = $1 and job = $2 and version = $3::int
   returning revision`,
);

/** The version that the next draft of a job gets. */
export const nextVersion = tenantQuery<{ readonly version: number }, readonly [job: string]>(
  "summaries.next-version",
  `select coalesce(max(version), 0) + 1 as version from handover.summary where ${GATE} and tenant = $1 and job = $2`,
);

/** Records that a version cites, or cited before it was edited: what a recall by source is found by. */
export const addCitations = tenantQuery<
  { readonly version: number },
  readonly [job: string, version: number, sources: readonly string[]]
>(
  "summaries.add-citations",
  `insert into handover.summary_citation as c (tenant, job, version, sources) select $1, $2, $3::int, $4::text[] where ${GATE}
   on conflict (tenant, job, version) do update set sources = array(select distinct unnest(c.sources || excluded.sources))
   returning version`,
);

export interface SectionRow {
  readonly section: string;
  readonly sealed: Buffer;
}

export const readSections = tenantQuery<SectionRow, readonly [job: string]>(
  "sections.read",
  `select section, sealed from handover.summary_section where ${GATE} and tenant = $1 and job = $2`,
);

export const insertSection = tenantQuery<
  { readonly section: string },
  readonly [job: string, section: string, attempt: number, sealed: Buffer]
>(
  "sections.insert",
  `insert into handover.summary_section (tenant, job, section, attempt, sealed) select $1, $2, $3, $4::int, $5::bytea where ${GATE} returning section`,
);

export const deleteSections = tenantQuery<never, readonly [job: string]>(
  "sections.delete",
  `delete from handover.summary_section where ${GATE} and tenant = $1 and job = $2`,
);

/** What came with the request, what the worker read, and what came while it was writing. */
export type SnapshotKind = "given" | "read" | "later";

export const readSnapshot = tenantQuery<{ readonly sealed: Buffer }, readonly [job: string, kind: SnapshotKind]>(
  "snapshots.read",
  `select sealed from handover.chart_snapshot where ${GATE} and tenant = $1 and job = $2 and kind = $3`,
);

export const putSnapshot = tenantQuery<
  { readonly job: string },
  readonly [job: string, kind: SnapshotKind, sealed: Buffer]
>(
  "snapshots.put",
  `insert into handover.chart_snapshot (tenant, job, kind, sealed) select $1, $2, $3, $4::bytea where ${GATE}
   on conflict (tenant, job, kind) do update set sealed = excluded.sealed, created_at = now() returning job`,
);

export const deleteSnapshots = tenantQuery<never, readonly [job: string]>(
  "snapshots.delete",
  `delete from handover.chart_snapshot where ${GATE} and tenant = $1 and job = $2`,
);
