/** Fixture of safety: recalls and reports. */
import type { Executor } from "../../../src/db/query.ts";
import { wallJob } from "./heart.ts";
import type { WallFixture } from "./wall-fixture.ts";

const bytes = Buffer.from("sealed");

async function fill(tx: Executor, tenant: string): Promise<void> {
  await tx.query(
    `insert into handover.recall (tenant, id, cause, subject, actor_kind, actor_id, sealed)
     values ($1, 'rcl_1', 'model', 'm', 'api-client', $1, $2)`,
    [tenant, bytes],
  );
  await tx.query("insert into handover.summary_recall (tenant, recall, job, version) values ($1, 'rcl_1', $2, 1)", [
    tenant,
    wallJob,
  ]);
  await tx.query(
    `insert into handover.safety_report (tenant, id, job, version, category, actor_kind, actor_id, sealed)
     values ($1, 'sfr_1', $2, 1, 'other', 'practitioner', $1, $3)`,
    [tenant, wallJob, bytes],
  );
}

export const fixture: WallFixture = {
  fill,
  tables: ["handover.recall", "handover.summary_recall", "handover.safety_report"],
  params: {
    "recall.affected": [null, null, "Observation/1", "", 10],
    "recall.put": ["rcl_2", "prompt", "p", "api-client", "x", bytes],
    "recall.read": ["model", "m"],
    "recall.mark": ["rcl_2", wallJob, 1],
    "recall.touch": [wallJob],
    "safety.insert-report": ["sfr_2", wallJob, 1, "other", "practitioner", "x", bytes],
    "safety.reports": ["2020-01-01T00:00:00Z", 10],
  },
};
