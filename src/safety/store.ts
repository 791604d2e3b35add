/** Statements on recalls and safety reports. Words are sealed; ids, causes and categories are not PHI. */
import type { DocStatus } from "../core/summary/status.ts";
import { GATE, tenantQuery } from "../db/query.ts";

/** What a recall looks for; null: not by this. */
export type AffectedParams = readonly [
  model: string | null,
  prompt: string | null,
  source: string | null,
  after: string,
  limit: number,
];

export interface AffectedRow {
  readonly job: string;
  readonly version: number;
  readonly doc_status: DocStatus;
  readonly engine: "template" | "model";
  readonly model: string | null;
  readonly prompt_version: string | null;
  readonly sha256: string;
  readonly encounter: string;
  readonly created_at: Date;
  readonly recalled: boolean;
}

/** Jobs of which any version answers to what is looked for, by id, each with its newest version. */
export const readAffected = tenantQuery<AffectedRow, AffectedParams>(
  "recall.affected",
  `select j.id as job, n.version, n.doc_status, n.engine, n.model, n.sha256, j.encounter, n.created_at,
     (select d.generation ->> 'promptVersion' from handover.summary d
      where d.tenant = j.tenant and d.job = j.id and d.generation is not null order by d.version desc limit 1) as prompt_version,
     exists (select 1 from handover.summary_recall x join handover.recall r on r.tenant = x.tenant and r.id = x.recall
       where x.tenant = j.tenant and x.job = j.id and r.cause = case when $2::text is not null then 'model' when $3::text is not null then 'prompt' else 'source' end
         and r.subject = coalesce($2::text, $3::text, $4::text)) as recalled
   from handover.job j join lateral (
     select version, doc_status, engine, model, sha256, created_at from handover.summary
     where tenant = j.tenant and job = j.id order by version desc limit 1) n on true
   where ${GATE} and j.tenant = $1 and j.id > $5 and n.doc_status not in ('discarded', 'entered-in-error')
     and ($2::text is null or exists (select 1 from handover.summary s where s.tenant = j.tenant and s.job = j.id
       and (s.model = $2 or exists (select 1 from jsonb_array_elements(s.generation -> 'calls') c
         where c ->> 'model' = $2 and c ->> 'outcome' = 'written'))))
     and ($3::text is null or exists (select 1 from handover.summary s where s.tenant = j.tenant and s.job = j.id
       and s.generation ->> 'promptVersion' = $3))
     and ($4::text is null or exists (select 1 from handover.summary_citation c where c.tenant = j.tenant and c.job = j.id
       and c.sources @> array[$4]))
   order by j.id limit $6::int`,
);

export const putRecall = tenantQuery<
  { readonly id: string },
  readonly [id: string, cause: string, subject: string, actorKind: string, actorId: string, sealed: Buffer]
>(
  "recall.put",
  `insert into handover.recall (tenant, id, cause, subject, actor_kind, actor_id, sealed)
   select $1, $2, $3, $4, $5, $6, $7::bytea where ${GATE} on conflict (tenant, cause, subject) do nothing returning id`,
);

export const readRecall = tenantQuery<{ readonly id: string }, readonly [cause: string, subject: string]>(
  "recall.read",
  `select id from handover.recall where ${GATE} and tenant = $1 and cause = $2 and subject = $3`,
);

export const markRecalled = tenantQuery<
  { readonly job: string },
  readonly [recall: string, job: string, version: number]
>(
  "recall.mark",
  `insert into handover.summary_recall (tenant, recall, job, version) select $1, $2, $3, $4::int where ${GATE}
   on conflict (tenant, recall, job) do nothing returning job`,
);

/** A visible change of the job: its summary is to be looked at again. */
export const touchRecalled = tenantQuery<{ readonly version: number }, readonly [job: string]>(
  "recall.touch",
  `update handover.job set version = version + 1, updated_at = clock_timestamp() where ${GATE} and tenant = $1 and id = $2 returning version`,
);

export interface ReportRow {
  readonly id: string;
  readonly job: string | null;
  readonly version: number | null;
  readonly category: string;
  readonly actor_kind: string;
  readonly actor_id: string;
  readonly at: Date;
  readonly sealed: Buffer;
}

export const insertReport = tenantQuery<
  { readonly at: Date },
  readonly [
    id: string,
    job: string | null,
    version: number | null,
    category: string,
    actorKind: string,
    actorId: string,
    sealed: Buffer,
  ]
>(
  "safety.insert-report",
  `insert into handover.safety_report (tenant, id, job, version, category, actor_kind, actor_id, sealed)
   select $1, $2, $3, $4::int, $5, $6, $7, $8::bytea where ${GATE} returning at`,
);

export const readReports = tenantQuery<ReportRow, readonly [since: string, limit: number]>(
  "safety.reports",
  `select id, job, version, category, actor_kind, actor_id, at, sealed from handover.safety_report
   where ${GATE} and tenant = $1 and at >= $2::timestamptz order by at desc, id limit $3::int`,
);
