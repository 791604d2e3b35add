/** A job that waits for a launch gets its chart by the launching user's token. */
import type { Job } from "../jobs/jobs.ts";
import type { SmartDeps } from "./deps.ts";
import type { SmartSession, SmartSessions } from "./sessions.ts";
import { AdapterError } from "../core/errors.ts";

export type BroughtChart = "brought" | "failed" | "not-needed";

export interface WaitingCharts {
  /** Reads the chart of a waiting job and hands it over. Goes on when the caller leaves; resolves in any case. */
  bring(session: SmartSession, job: Job): Promise<BroughtChart>;
}

/** One read for each job and replica at a time; provideChart itself has no effect on a job that no longer waits. */
export function createWaitingCharts(deps: SmartDeps, sessions: SmartSessions): WaitingCharts {
  const underWay = new Map<string, Promise<BroughtChart>>();

  async function read({ tenant: tenantId, launch, principal }: SmartSession, job: Job): Promise<BroughtChart> {
    const { patient, encounter } = job;
    const entry = {
      tenant: tenantId,
      action: "chart.read",
      actor: principal.actor,
      job: job.id,
      patient,
      encounter,
    } as const;
    try {
      const tenant = deps.tenants().find(({ id }) => id === tenantId);
      const token = await sessions.accessToken(tenantId, launch);
      if (tenant === undefined || token === undefined)
        throw new AdapterError("ehr_refused", { detail: "smart.token-expired" });
      const { resources, gaps } = await deps.readChart(tenant, token, {
        patient,
        encounter,
        granted: (await sessions.access(tenantId, launch))?.granted,
      });
      await deps.audit.record({ ...entry, outcome: "success" });
      await deps.jobs.provideChart(tenantId, job.id, resources, principal.actor, gaps);
      return "brought";
    } catch (error) {
      deps.onError?.(error);
      await deps.audit.record({ ...entry, outcome: "failed" }).catch((failure: unknown) => deps.onError?.(failure));
      return "failed";
    }
  }

  return {
    async bring(session, job) {
      if (job.status !== "waiting") return "not-needed";
      const key = `${job.tenant}/${job.id}`;
      const work = underWay.get(key) ?? read(session, job).finally(() => underWay.delete(key));
      underWay.set(key, work);
      return work;
    },
  };
}
