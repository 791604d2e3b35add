/** What the summary rests on and how it came about: do its sources still stand, and who changed what. */
import type { CheckedSources } from "../core/summary/history.ts";
import type { Principal } from "../core/access/principal.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import type { Job } from "../jobs/jobs.ts";
import type { PollingDeps } from "./deps.ts";
import { AdapterError } from "../core/errors.ts";
import { unacknowledged } from "../core/staleness/source-check.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import { toHistoryAnswer, toSourcesAnswer } from "./answers.ts";
import { auditEntry, findJob, findSummary } from "./job-access.ts";
import { historyAnswer, sourcesAnswer } from "./schemas.ts";

const uncached = { "Cache-Control": "no-store" };

export function sourcesRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/jobs/{id}/summary/sources",
    scope: "jobs:read",
    operationId: "checkSources",
    summary: "Whether the records that the summary cites still stand in the EHR, and what came after the draft.",
    responses: { "200": json("What the EHR says now.", sourcesAnswer), ...problems(401, 403, 404, 429, 503) },
    async handle({ principal, params }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      const check = await deps.checkSources(principal, job, await findSummary(deps.jobs, job));
      const outcome = check.outcome === "unread" ? "failed" : "success";
      const entry = auditEntry(principal, job, "evidence.read", outcome);
      await deps.audit.record(check.reason === undefined ? entry : { ...entry, reason: check.reason });
      return { status: 200, headers: uncached, json: toSourcesAnswer(check) };
    },
  });
}

export function historyRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/jobs/{id}/summary/history",
    scope: "jobs:read",
    operationId: "readHistory",
    summary: "Who did what to the summary, as diffs by section, each act chained to the one before by its hash.",
    responses: { "200": json("All acts, in order.", historyAnswer), ...problems(401, 403, 404, 429, 503) },
    async handle({ principal, params }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      await findSummary(deps.jobs, job);
      const history = await deps.jobs.history(job.tenant, job.id);
      if (history === undefined) throw new AdapterError("not_found");
      await deps.audit.record(auditEntry(principal, job, "summary.read"));
      return { status: 200, headers: uncached, json: toHistoryAnswer(history) };
    },
  });
}

/**
 * Looks once more at the moment of the signature: between the look and the pen a result may come. What was shown is kept with
 * the act. A caller that shows no changes gives no `acknowledged`, signs as before, and the history says that nobody looked.
 *
 * @throws AdapterError sources_changed where there is a change that the signer has not been shown
 */
export async function checkedSources(
  deps: PollingDeps,
  principal: Principal,
  job: Job,
  acknowledged: readonly string[] | undefined,
): Promise<CheckedSources | undefined> {
  if (acknowledged === undefined) return undefined;
  const check = await deps.checkSources(principal, job, await findSummary(deps.jobs, job));
  if (unacknowledged(check, acknowledged).length > 0) throw new AdapterError("sources_changed");
  const { checkedAt, outcome, changes } = check;
  return { checkedAt, outcome, acknowledged: changes.map(({ text }) => text) };
}
