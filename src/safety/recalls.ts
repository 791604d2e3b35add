/** Finds the summaries that rest on what turned out to be wrong, and tells of each: in its log, on its page, in the audit log. */
import { randomBytes } from "node:crypto";
import type { Audit } from "../audit/audit.ts";
import type { DocStatus } from "../core/summary/status.ts";
import type { Executor } from "../db/query.ts";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { sealJson } from "../db/sealer.ts";
import type { EventLog, WakeUp } from "../events/event-log.ts";
import { lock } from "../jobs/change.ts";
import type { Actor } from "../jobs/jobs.ts";
import { recallContext } from "../jobs/recalled.ts";
import { summaryReference, taskData } from "../jobs/view.ts";
import type { AffectedRow } from "./store.ts";
import { markRecalled, putRecall, readAffected, readRecall, touchRecalled } from "./store.ts";

export const recallCauses = ["model", "prompt", "source"] as const;
export type RecallCause = (typeof recallCauses)[number];

/** What turned out to be wrong. */
export interface RecallSubject {
  readonly cause: RecallCause;
  /** A model's name, a prompt's version, `Observation/123`, or `Observation/123|4` for one version of it. */
  readonly subject: string;
}

export interface AffectedSummary {
  readonly job: string;
  /** The newest version. */
  readonly version: number;
  readonly docStatus: DocStatus;
  readonly engine: "template" | "model";
  readonly model?: string;
  readonly promptVersion?: string;
  /** Relative reference. */
  readonly encounter: string;
  readonly createdAt: string;
  /** Recalled for this before. */
  readonly recalled: boolean;
}

export interface Recalls {
  /** What a recall would tell of, by job id. `next` goes on behind it; null at the end. */
  affected(
    tenant: string,
    of: RecallSubject,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<{ readonly items: readonly AffectedSummary[]; readonly next: string | null }>;
  /**
   * Tells of every affected summary, each once: recalling the same again tells of those that were not told of.
   *
   * @param reason sealed; shown on the page
   */
  recall(
    tenant: string,
    of: RecallSubject,
    reason: string,
    actor: Actor,
  ): Promise<{ readonly id: string; readonly told: number; readonly before: number }>;
}

export interface RecallsDeps {
  readonly db: Pool;
  readonly eventLog: EventLog;
  readonly wakeUp: Pick<WakeUp, "notify">;
  readonly sealer: Sealer;
  readonly audit: Audit;
}

/** So many jobs are looked up at a time; each is told of in a transaction of its own. */
const pageSize = 200;

const paramsOf = ({ cause, subject }: RecallSubject) =>
  [
    cause === "model" ? subject : null,
    cause === "prompt" ? subject : null,
    cause === "source" ? subject : null,
  ] as const;

function toAffected(row: AffectedRow): AffectedSummary {
  return {
    job: row.job,
    version: row.version,
    docStatus: row.doc_status,
    engine: row.engine,
    ...(row.model === null ? {} : { model: row.model }),
    ...(row.prompt_version === null ? {} : { promptVersion: row.prompt_version }),
    encounter: row.encounter,
    createdAt: row.created_at.toISOString(),
    recalled: row.recalled,
  };
}

export function createRecalls(deps: RecallsDeps): Recalls {
  const { db } = deps;
  const page = async (tenant: string, of: RecallSubject, after: string, limit: number) =>
    run(db, readAffected, tenant, ...paramsOf(of), after, limit);
  return {
    async affected(tenant, of, { after = "", limit }) {
      const rows = await page(tenant, of, after, limit);
      return { items: rows.map(toAffected), next: rows.length < limit ? null : (rows.at(-1)?.job ?? null) };
    },
    async recall(tenant, of, reason, actor) {
      const id = await db.transaction(tenant, (tx) => recordRecall(tx, deps, tenant, of, reason, actor));
      let [told, before, after] = [0, 0, ""];
      for (;;) {
        const rows = await page(tenant, of, after, pageSize);
        for (const row of rows) {
          if (row.recalled) before += 1;
          else if (await tell(deps, tenant, id, of, row, actor)) told += 1;
        }
        after = rows.at(-1)?.job ?? "";
        if (rows.length < pageSize) return { id, told, before };
      }
    },
  };
}

async function recordRecall(
  tx: Executor,
  { sealer, audit }: RecallsDeps,
  tenant: string,
  { cause, subject }: RecallSubject,
  reason: string,
  actor: Actor,
): Promise<string> {
  const id = `rcl_${randomBytes(12).toString("hex")}`;
  const sealed = sealJson(sealer, { reason }, recallContext(tenant, cause, subject));
  await run(tx, putRecall, tenant, id, cause, subject, actor.kind, actor.id, sealed);
  const [row] = await run(tx, readRecall, tenant, cause, subject);
  await audit.record(
    { tenant, action: "summary.recall", outcome: "success", actor, reason: `${cause}:${subject}` },
    tx,
  );
  return row?.id ?? id;
}

/** One summary: its mark, its event and the job's new version stand or fall together. */
async function tell(
  { db, eventLog, wakeUp, audit }: RecallsDeps,
  tenant: string,
  recall: string,
  { cause, subject }: RecallSubject,
  affected: AffectedRow,
  actor: Actor,
): Promise<boolean> {
  const told = await db.transaction(tenant, async (tx) => {
    const job = await lock(tx, tenant, affected.job);
    const marked = await run(tx, markRecalled, tenant, recall, affected.job, affected.version);
    if (marked.length === 0) return false;
    const { version, doc_status: docStatus, sha256 } = affected;
    const summary = summaryReference(job.source, job.id, { version, docStatus, sha256 });
    const data = { ...taskData(job.status, job), summary, recall, cause, subject };
    await eventLog.append(tx, tenant, job.id, [{ type: "summary.recalled", data }]);
    await run(tx, touchRecalled, tenant, job.id);
    const { patient, encounter } = job;
    await audit.record(
      { tenant, action: "summary.recall", outcome: "success", actor, job: job.id, patient, encounter, reason: recall },
      tx,
    );
    return true;
  });
  if (told) {
    wakeUp.notify("job", `${tenant}/${affected.job}`);
    wakeUp.notify("appended");
  }
  return told;
}
