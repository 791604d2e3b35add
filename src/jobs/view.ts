/** Rows as the rest of the program sees them. */
import type { EventData } from "../core/event/event.ts";
import { jobSteps } from "../core/job/status.ts";
import type { Job } from "./jobs.ts";
import type { JobRow } from "./store.ts";

/** A row as a Job. */
export function toJob(tenant: string, row: JobRow): Job {
  const { summary_version: version, doc_status: docStatus, sha256 } = row;
  return {
    tenant,
    id: row.id,
    status: row.status,
    version: row.version,
    attempt: row.attempt,
    progress: {
      step: row.step,
      index: jobSteps.indexOf(row.step) + 1,
      of: jobSteps.length,
      value: row.progress,
    },
    patient: row.patient,
    encounter: row.encounter,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    lastSequence: row.seq,
    ...(row.context_updated_at === null ? {} : { contextUpdatedAt: row.context_updated_at.toISOString() }),
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.callback_url === null ? {} : { callbackUrl: row.callback_url }),
    ...(version === null || docStatus === null || sha256 === null
      ? {}
      : { summary: { version, docStatus, sha256, edited: row.edited === true } }),
  };
}

/** What every event of the task carries. References and codes only. */
export function taskData(
  status: Job["status"],
  place: { readonly patient: string; readonly encounter: string },
): EventData {
  return { status, patient: place.patient, encounter: place.encounter };
}

/** The summary as events name it; `source` is the job's tenant URI. */
export function summaryReference(
  source: string,
  job: string,
  summary: { readonly version: number; readonly docStatus: string; readonly sha256: string },
): EventData {
  const origin = source.replace(/\/tenants\/[^/]*$/u, "");
  return {
    href: `${origin}/v1/jobs/${job}/summary`,
    docStatus: summary.docStatus,
    version: summary.version,
    sha256: summary.sha256,
  };
}
