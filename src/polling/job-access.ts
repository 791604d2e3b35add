/** Finding a caller's job: someone else's and an unknown one are the same 404. */
import type { Job, Jobs, StoredSummary } from "../jobs/jobs.ts";
import type { Principal } from "../core/access/principal.ts";
import type { Audit, AuditAction, AuditEntry } from "../audit/audit.ts";
import { AdapterError } from "../core/errors.ts";
import { maySee } from "../core/access/principal.ts";

/** What an id of ours can look like; anything else is an unknown id and never reaches a statement. */
export const isJobId = (text: string): boolean => /^[A-Za-z0-9_-]{1,64}$/u.test(text);

export async function findJob(jobs: Pick<Jobs, "get">, principal: Principal, id: string | undefined): Promise<Job> {
  const job = id !== undefined && isJobId(id) ? await jobs.get(principal.tenant, id) : undefined;
  if (job === undefined || !maySee(principal, job)) throw new AdapterError("not_found");
  return job;
}

export async function findSummary(jobs: Pick<Jobs, "summary">, job: Job): Promise<StoredSummary> {
  const summary = await jobs.summary(job.tenant, job.id);
  if (summary === undefined) throw new AdapterError("not_found", { message: "There is no draft yet." });
  return summary;
}

/** One audit row about a job, by whoever calls. */
export function auditEntry(
  principal: Principal,
  job: Job,
  action: AuditAction,
  outcome: AuditEntry["outcome"] = "success",
): AuditEntry {
  const { tenant, actor } = principal;
  return { tenant, action, outcome, actor, job: job.id, patient: job.patient, encounter: job.encounter };
}

/** Runs a check that may refuse; a refusal leaves its row in the audit log. */
export async function audited(audit: Audit, entry: AuditEntry, check: () => void): Promise<void> {
  try {
    check();
  } catch (error) {
    await audit.record({ ...entry, outcome: "refused" });
    throw error;
  }
}
