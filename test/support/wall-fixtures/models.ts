/** The books of model calls. */
import type { WallFixture } from "./wall-fixture.ts";

const job = "01900000-0000-7000-8000-00000000b00c";
const call = "01900000-0000-7000-8000-00000000b00d";
const bytes = Buffer.from("sealed");
const longAgo = "2020-01-01T00:00:00.000Z";

export const fixture: WallFixture = {
  async fill(tx, tenant) {
    await tx.query(
      `insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id)
       values ($1, $2, 'in-progress', true, $1, 'Patient/' || $1::text, 'Encounter/models', 'discharge-summary', 'api', 'api-client', 'x')`,
      [tenant, job],
    );
    await tx.query(
      `insert into handover.model_call (tenant, id, job, part, provider, model, prompt_hash, request_hash, mode, input_tokens, output_tokens, drops, handle, lease_until)
       values ($1, $2, $3, 'course', 'openai-compatible', 'm', 'p', 'r', 'shown', 10, 20, '{"value":1}', 'h', now() + interval '1 hour')`,
      [tenant, call, job],
    );
    await tx.query(
      `insert into handover.model_answer (tenant, request_hash, job, sealed, expires_at) values ($1, 'r', $2, $3, now() + interval '1 hour')`,
      [tenant, job, bytes],
    );
    await tx.query(
      "insert into handover.model_stop (tenant, model, reason, stopped_by) values ($1, 'm', $1, 'system/x')",
      [tenant],
    );
    await tx.query(
      "insert into handover.model_inbox (tenant, provider, webhook_id, work, type) values ($1, 'openai', 'w', $1, 'response.completed')",
      [tenant],
    );
  },
  params: {
    "model-inbox.take": ["openai", "w2", "resp_1", "response.completed"],
    "models.lock": [],
    "models.standing": [longAgo],
    "models.open-call": [
      "01900000-0000-7000-8000-00000000b00e",
      job,
      "course",
      "p",
      "m",
      "p",
      "r2",
      "shown",
      1,
      2,
      0.5,
      false,
      60,
    ],
    "models.close-call": [call, "written", 1, 2, true, 0.1, 3, 1, '{"value":1}', 900, false],
    "models.end-lost": [job, "r", "shown"],
    "models.asked-now": ["r"],
    "models.keep-handle": [call, "resp_1"],
    "models.earlier-handle": ["r"],
    "models.read-answer": ["r"],
    "models.keep-answer": ["r", job, bytes, 60],
    "models.read-stops": [],
    "models.put-stop": ["m", "other", "system/y"],
    "models.remove-stop": ["m"],
    "models.usage": [longAgo],
    "models.drops": [longAgo],
  },
  tables: ["handover.model_call", "handover.model_answer", "handover.model_stop", "handover.model_inbox"],
};
