/** Batches and the logs of what is no job. */
import type { WallFixture } from "./wall-fixture.ts";

const batch = "01900000-0000-7000-8000-00000000ba7c";
const job = "01900000-0000-7000-8000-00000000ba70";
const bytes = Buffer.from("sealed");

export const fixture: WallFixture = {
  async fill(tx, tenant) {
    await tx.query(
      `insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id)
       values ($1, $2, 'in-progress', true, $1, 'Patient/' || $1::text, 'Encounter/batch', 'discharge-summary', 'batch', 'api-client', 'x')`,
      [tenant, job],
    );
    await tx.query(
      "insert into handover.batch (tenant, id, total, key, digest, actor_kind, actor_id) values ($1, $2, 2, 'key', $1, 'api-client', 'x')",
      [tenant, batch],
    );
    await tx.query(
      `insert into handover.batch_item (tenant, batch, place, state, sealed, job)
       values ($1, $2, 1, 'started', null, $3), ($1, $2, 2, 'waiting', $4, null)`,
      [tenant, batch, job, bytes],
    );
    await tx.query("insert into handover.stream (tenant, id, source) values ($1, 'batch/' || $2::text, $1)", [
      tenant,
      batch,
    ]);
  },
  params: {
    "batches.insert": ["01900000-0000-7000-8000-00000000ba7d", "other", "d", "api-client", "x", [bytes], null],
    "batches.read": [batch],
    "batches.read-by-key": ["key"],
    "batches.items": [batch],
    "batches.due-items": [batch, 10],
    "batches.start-item": [batch, 2, job],
    "batches.fail-item": [batch, 2, "parameter_invalid"],
    "batches.postpone-item": [batch, 2, 15],
    "batches.settle-items": [[job], ["done"], [null]],
    "batches.recount": [batch],
    "events.append-stream": [
      `batch/${batch}`,
      1,
      "https://adapter.example",
      ["evt_stream"],
      ["batch.progress"],
      ["{}"],
    ],
  },
  tables: ["handover.batch", "handover.batch_item", "handover.stream"],
};
