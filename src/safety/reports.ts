/** Safety reports: what a person says has gone wrong, sealed, with an event that says where and of which kind, and no more. */
import { randomBytes } from "node:crypto";
import type { Audit } from "../audit/audit.ts";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import type { SealContext, Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import type { EventLog, WakeUp } from "../events/event-log.ts";
import type { Actor, Job } from "../jobs/jobs.ts";
import type { ReportRow } from "./store.ts";
import { insertReport, readReports } from "./store.ts";

export const reportCategories = [
  "wrong-patient",
  "wrong-content",
  "missing-content",
  "delay",
  "privacy",
  "other",
] as const;
export type ReportCategory = (typeof reportCategories)[number];

export interface NewReport {
  readonly category: ReportCategory;
  readonly text: string;
  /** Absent: of no summary in particular. */
  readonly job?: Job;
}

export interface SafetyReport {
  readonly id: string;
  readonly category: string;
  readonly job?: string;
  readonly version?: number;
  /** `practitioner:Practitioner/7`. */
  readonly actor: string;
  /** RFC 3339. */
  readonly at: string;
  readonly text: string;
}

export interface SafetyReports {
  /** @returns the report's id */
  report(tenant: string, report: NewReport, actor: Actor): Promise<string>;
  /** The newest first. */
  list(tenant: string, since: string, limit: number): Promise<readonly SafetyReport[]>;
}

export interface ReportsDeps {
  readonly db: Pool;
  readonly eventLog: EventLog;
  readonly wakeUp: Pick<WakeUp, "notify">;
  readonly sealer: Sealer;
  readonly audit: Audit;
  readonly publicUrl: string;
}

const context = (tenant: string, id: string): SealContext => ({ tenant, purpose: "safety-report", id, version: "1" });

export function createSafetyReports(deps: ReportsDeps): SafetyReports {
  const { db, eventLog, wakeUp, sealer, audit, publicUrl } = deps;
  return {
    async report(tenant, { category, text, job }, actor) {
      const id = `sfr_${randomBytes(12).toString("hex")}`;
      const version = job?.summary?.version ?? null;
      const sealed = sealJson(sealer, { text }, context(tenant, id));
      await db.transaction(tenant, async (tx) => {
        await run(tx, insertReport, tenant, id, job?.id ?? null, version, category, actor.kind, actor.id, sealed);
        const about = job === undefined ? {} : { about: job.id };
        await eventLog.appendStream(tx, tenant, `safety/${id}`, `${publicUrl}/tenants/${tenant}`, [
          { type: "safety.reported", data: { report: id, category, ...about } },
        ]);
        const of = job === undefined ? {} : { job: job.id, patient: job.patient, encounter: job.encounter };
        await audit.record(
          { tenant, action: "safety.report", outcome: "success", actor, reason: `${id}:${category}`, ...of },
          tx,
        );
      });
      wakeUp.notify("appended");
      return id;
    },
    async list(tenant, since, limit) {
      const rows = await run(db, readReports, tenant, since, limit);
      return rows.map((row) => toReport(sealer, tenant, row));
    },
  };
}

function toReport(sealer: Sealer, tenant: string, row: ReportRow): SafetyReport {
  const { text } = openJson(sealer, row.sealed, context(tenant, row.id)) as { readonly text: string };
  return {
    id: row.id,
    category: row.category,
    ...(row.job === null ? {} : { job: row.job }),
    ...(row.version === null ? {} : { version: row.version }),
    actor: `${row.actor_kind}:${row.actor_id}`,
    at: row.at.toISOString(),
    text,
  };
}
