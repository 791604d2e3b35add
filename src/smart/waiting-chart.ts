/** A job that waits for a launch gets its chart by the launching user's token. */
import type { Actor, Job } from "../jobs/jobs.ts";
import type { SmartDeps } from "./deps.ts";
import type { SmartSession, SmartSessions } from "./sessions.ts";
import { AdapterError } from "../core/errors.ts";

export type ChartState = "idle" | "reading" | "failed";

export interface WaitingCharts {
  /** Reads the chart of a waiting job unless that is under way here; comes back at once. No effect on other jobs. */
  begin(session: SmartSession, job: Job): void;
  stateOf(job: Job): ChartState;
}

/** One read for each job and replica at a time; provideChart itself has no effect on a job that no longer waits. */
export function createWaitingCharts(deps: SmartDeps, sessions: SmartSessions): WaitingCharts {
  const reading = new Set<string>();
  const failed = new Set<string>();
  const keyOf = (job: Job): string => `${job.tenant}/${job.id}`;

  async function read(session: SmartSession, job: Job, actor: Actor): Promise<void> {
    const tenant = deps.tenants().find((entry) => entry.id === session.tenant);
    const token = await sessions.accessToken(session.tenant, session.launch);
    if (tenant === undefined || token === undefined)
      throw new AdapterError("ehr_refused", { detail: "smart.token-expired" });
    const { patient, encounter } = job;
    const resources = await deps.readChart(tenant, token, { patient, encounter });
    await deps.audit.record({
      tenant: tenant.id,
      action: "chart.read",
      outcome: "success",
      actor,
      job: job.id,
      patient,
      encounter,
    });
    await deps.jobs.provideChart(tenant.id, job.id, resources, actor);
  }

  async function attempt(session: SmartSession, job: Job): Promise<void> {
    const key = keyOf(job);
    reading.add(key);
    failed.delete(key);
    try {
      await read(session, job, session.principal.actor);
    } catch (error) {
      failed.add(key);
      deps.onError?.(error);
    } finally {
      reading.delete(key);
    }
  }

  return {
    begin(session, job) {
      if (job.status === "waiting" && !reading.has(keyOf(job))) void attempt(session, job);
    },
    stateOf: (job) =>
      reading.has(keyOf(job)) ? "reading" : failed.has(keyOf(job)) && job.status === "waiting" ? "failed" : "idle",
  };
}
