/** Fixture of the heart: jobs, log, summaries, charts. The ids are the same in every tenant, so that a leak would show. */
import type { Executor } from "../../../src/db/query.ts";
import { counts, searches, searchWays } from "../../../src/jobs/store-search.ts";
import type { WallFixture } from "./wall-fixture.ts";

export const wallJob = "01900000-0000-7000-8000-000000000001";
/** A job whose summary is signed. */
const signedJob = "01900000-0000-7000-8000-000000000003";
/** A job that may be inserted: nothing of it exists. */
const newJob = "01900000-0000-7000-8000-000000000002";
const bytes = Buffer.from("sealed");

/** Each way in in each order, as it is searched and counted. */
const wayValues = { id: wallJob, encounter: "Encounter/e1", patient: "Patient/beta", all: null } as const;
const noFilters = [null, null, null, null, null, ["preliminary", "final"], "2020-01-01T00:00:00Z", null] as const;
const searchParams = Object.fromEntries(
  searchWays.flatMap((way) => {
    const filters = [wayValues[way], ...noFilters];
    const orders = Object.values(searches[way]).flatMap((found) => Object.values(found));
    return [...orders.map(({ name }) => [name, [...filters, null, null, 10]]), [counts[way].name, filters]];
  }),
);

async function fill(tx: Executor, tenant: string): Promise<void> {
  await tx.query(
    `insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id, epoch, worker, started_at, seq, dispatched_at)
     values ($1, $2, 'in-progress', true, $3, $4, 'Encounter/e1', 'discharge-summary', 'api', 'api-client', $1, 5, 'worker-1', now(), 2, now())`,
    [tenant, wallJob, `https://adapter.example/tenants/${tenant}`, `Patient/${tenant}`],
  );
  await tx.query("insert into handover.job_key (tenant, kind, key, digest, job) values ($1, 'hook', 'key-1', $1, $2)", [
    tenant,
    wallJob,
  ]);
  await tx.query(
    `insert into handover.event (tenant, job, seq, id, type, source, data, draft) values ($1, $2, 1, $3, 'task.requested', $1, jsonb_build_object('tenant', $1::text), false)`,
    [tenant, wallJob, `evt_${tenant}1`],
  );
  await tx.query(
    `insert into handover.event (tenant, job, seq, id, type, source, section, sealed, draft) values ($1, $2, 2, $3, 'draft.delta', $1, 'reason', $4, true)`,
    [tenant, wallJob, `evt_${tenant}2`, bytes],
  );
  await tx.query(
    `insert into handover.summary (tenant, job, version, doc_status, engine, sha256, sealed) values ($1, $2, 1, 'preliminary', 'template', $1, $3)`,
    [tenant, wallJob, bytes],
  );
  await tx.query(
    `insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id, dispatched_at)
     values ($1, $2, 'completed', false, $3, $4, 'Encounter/e0', 'discharge-summary', 'api', 'api-client', $1, now())`,
    [tenant, signedJob, `https://adapter.example/tenants/${tenant}`, `Patient/${tenant}`],
  );
  await tx.query(
    `insert into handover.summary (tenant, job, version, doc_status, engine, sha256, sealed, signed_by, signed_at) values ($1, $2, 1, 'final', 'template', $1, $3, 'Practitioner/1', now())`,
    [tenant, signedJob, bytes],
  );
  await tx.query(
    "insert into handover.summary_section (tenant, job, section, attempt, sealed) values ($1, $2, 'reason', 1, $3)",
    [tenant, wallJob, bytes],
  );
  await tx.query(
    `insert into handover.summary_act (tenant, job, number, act, version, revision, doc_status, actor_kind, actor_id, at, sha256, previous, chain, sealed)
     values ($1, $2, 1, 'draft', 1, 1, 'preliminary', 'system', $1, now(), $1, '', $1, $3)`,
    [tenant, wallJob, bytes],
  );
  await tx.query("insert into handover.summary_sources (tenant, job, version, sealed) values ($1, $2, 1, $3)", [
    tenant,
    wallJob,
    bytes,
  ]);
  await tx.query(
    `insert into handover.summary_feedback (tenant, job, version, actor, verdict, engine, sealed)
     values ($1, $2, 1, 'practitioner:1', 'wrong', $1, $3)`,
    [tenant, wallJob, bytes],
  );
  await tx.query(
    `insert into handover.summary_rating (tenant, job, version, actor, scores, engine)
     values ($1, $2, 1, 'practitioner:1', '{1,2,3,4,5,1,2,3,4}', $1)`,
    [tenant, wallJob],
  );
  await tx.query("insert into handover.chart_snapshot (tenant, job, kind, sealed) values ($1, $2, 'given', $3)", [
    tenant,
    wallJob,
    bytes,
  ]);
  await fillContext(tx, tenant);
}

async function fillContext(tx: Executor, tenant: string): Promise<void> {
  await tx.query(
    "insert into handover.summary_citation (tenant, job, version, sources) values ($1, $2, 1, array['Observation/1'])",
    [tenant, wallJob],
  );
  await tx.query("insert into handover.review_basis (tenant, job, sealed) values ($1, $2, $3)", [
    tenant,
    wallJob,
    bytes,
  ]);
  await tx.query("insert into handover.chart_basis (tenant, job, sealed) values ($1, $2, $3)", [
    tenant,
    wallJob,
    bytes,
  ]);
  await tx.query("insert into handover.context_change (tenant, job, sequence, sealed) values ($1, $2, 2, $3)", [
    tenant,
    wallJob,
    bytes,
  ]);
}

export const fixture: WallFixture = {
  fill,
  tables: [
    "handover.job",
    "handover.job_key",
    "handover.event",
    "handover.summary",
    "handover.summary_act",
    "handover.summary_sources",
    "handover.summary_feedback",
    "handover.summary_rating",
    "handover.summary_section",
    "handover.chart_snapshot",
    "handover.chart_basis",
    "handover.review_basis",
    "handover.summary_citation",
    "handover.context_change",
  ],
  params: {
    "events.append": [wallJob, 1, null, ["evt_new"], ["task.progress"], [null], ["{}"], [null]],
    "events.of-job": [wallJob, 0, 10],
    "events.of-jobs": [[wallJob], [0], 10],
    "events.feed": ["0", null, 10],
    "events.one": [wallJob, 1],
    "events.newest": [],
    "jobs.read": [wallJob],
    "jobs.lock": [wallJob],
    "jobs.latest": ["Encounter/e1", "discharge-summary"],
    "jobs.open": ["Encounter/e1", "discharge-summary"],
    "jobs.list-open": [null],
    "jobs.insert": [
      newJob,
      "requested",
      "s",
      "Patient/p",
      "Encounter/new",
      "discharge-summary",
      "api",
      "api-client",
      "x",
      null,
      "hook",
      "key-3",
      "d",
      bytes,
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ],
    "jobs.read-key": ["hook", "key-1"],
    "jobs.insert-key": ["hook", "key-2", "d", wallJob],
    "jobs.move": [wallJob, "requested", 1, true, 0, 0, null, "reading", 0],
    "jobs.touch": [wallJob, true],
    ...searchParams,
    "summaries.newest": [wallJob],
    "summaries.signed-of-patient": ["Patient/beta", 90, 3],
    "summaries.insert": [wallJob, 2, "amended", "template", null, "h", true, bytes, null, null],
    "summaries.update": [wallJob, 1, 2, "final", "h", true, bytes, "Practitioner/1", null],
    "summaries.record-generation": [wallJob, 1, '{"promptVersion":"1"}'],
    "summaries.next-version": [wallJob],
    "summary-acts.read": [wallJob],
    "summary-acts.last": [wallJob],
    "summary-acts.audited": [wallJob],
    "summary-acts.insert": [
      wallJob,
      2,
      "edit",
      1,
      2,
      "preliminary",
      "practitioner",
      "Practitioner/1",
      null,
      "2026-03-17T10:00:00Z",
      "h",
      "",
      "c",
      bytes,
    ],
    "summary-sources.put": [wallJob, 2, bytes],
    "summary-sources.newest": [wallJob],
    "feedback.put": [wallJob, 1, "practitioner:2", "reason", "", "helpful", bytes],
    "feedback.delete": [wallJob, 1, "practitioner:1", "", ""],
    "feedback.put-rating": [wallJob, 1, "practitioner:2", [5, 5, 5, 5, 5, 5, 5, 5, 5]],
    "feedback.of-job": [wallJob],
    "feedback.count": ["2020-01-01T00:00:00Z"],
    "feedback.ratings": ["2020-01-01T00:00:00Z"],
    "sections.read": [wallJob],
    "sections.insert": [wallJob, "course", 1, bytes],
    "sections.delete": [wallJob],
    "snapshots.read": [wallJob, "given"],
    "snapshots.put": [wallJob, "given", bytes],
    "snapshots.delete": [wallJob],
    "summaries.add-citations": [wallJob, 2, ["Observation/1"]],
    "review.read-basis": [wallJob],
    "review.put-basis": [wallJob, bytes],
    "review.delete-basis": [wallJob],
    "context.read-basis": [wallJob],
    "context.put-basis": [wallJob, bytes],
    "context.delete-basis": [wallJob],
    "context.read-values": [wallJob, 2],
    "context.put-values": [wallJob, [3], [bytes]],
    "context.delete-values": [wallJob],
    "context.mark": [wallJob],
    "context.unmark": [wallJob],
    "work.claim": [wallJob, "5", "worker-1", "evt_claim", "{}", "{}"],
    "work.claimable": [wallJob, "5"],
    "work.hold": [wallJob, "5"],
    "work.progress": [wallJob, "5", "writing", 0.5],
    "work.unfinished-sections": [wallJob],
  },
};
