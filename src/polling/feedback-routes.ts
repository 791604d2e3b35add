/** What clinicians say of summaries: said and taken back where the summary is read, counted for who runs the adapter. */
import { z } from "zod";
import { requireSystem } from "../core/access/principal.ts";
import type { Principal } from "../core/access/principal.ts";
import { AdapterError } from "../core/errors.ts";
import { sentenceOf } from "../core/feedback/feedback.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import type { FeedbackSubject } from "../jobs/feedback/feedback.ts";
import type { Job } from "../jobs/jobs.ts";
import type { PollingDeps } from "./deps.ts";
import { auditEntry, findJob, findSummary } from "./job-access.ts";
import { feedbackAnswer, feedbackBody, feedbackCountsAnswer, ratingBody } from "./feedback-schemas.ts";

const subjectOf = ({ tenant, actor }: Principal, job: Job, version: number): FeedbackSubject => ({
  tenant,
  job: job.id,
  version,
  actor,
});

const none = { description: "Taken." };
const path = "/v1/jobs/{id}/summary/feedback";

function giveRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path,
    scope: "jobs:write",
    operationId: "giveFeedback",
    summary:
      "Say that a sentence, a section or the summary is helpful or wrong, or lacks something; null takes it back.",
    body: feedbackBody,
    responses: { "204": none, ...problems(400, 401, 403, 404, 409, 429, 503) },
    async handle({ principal, params, body }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      const { version, sections } = await findSummary(deps.jobs, job);
      // An id may name another sentence in another version.
      if (body.version !== undefined && body.version !== version)
        throw new AdapterError("state_conflict", { at: "version" });
      const text = sentenceOf(sections, body);
      const subject = subjectOf(principal, job, version);
      const { verdict, ...rest } = body;
      if (verdict === null) await deps.feedback.withdraw(subject, rest);
      else await deps.feedback.give(subject, { ...rest, verdict, text });
      await deps.audit.record({ ...auditEntry(principal, job, "summary.feedback"), reason: verdict ?? "withdrawn" });
      return { status: 204 };
    },
  });
}

function readRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path,
    scope: "jobs:read",
    operationId: "readFeedback",
    summary: "What was said of this summary: by the person who reads it, or, for systems, by everybody.",
    responses: {
      "200": json("In the order in which it was said.", feedbackAnswer),
      ...problems(401, 403, 404, 429, 503),
    },
    async handle({ principal, params }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      const all = await deps.feedback.ofJob(job.tenant, job.id);
      const { actor, session } = principal;
      // A colleague's opinion is not part of the chart.
      const items = session === undefined ? all : all.filter((item) => item.actor === `${actor.kind}:${actor.id}`);
      await deps.audit.record(auditEntry(principal, job, "summary.read"));
      return { status: 200, headers: { "Cache-Control": "no-store" }, json: { items } };
    },
  });
}

function rateRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/jobs/{id}/summary/rating",
    scope: "jobs:write",
    operationId: "rateSummary",
    summary: "Rate the summary by PDQI-9: nine items from 1 to 5.",
    body: ratingBody,
    responses: { "204": none, ...problems(400, 401, 403, 404, 429, 503) },
    async handle({ principal, params, body }) {
      const job = await findJob(deps.jobs, principal, params["id"]);
      const { version } = await findSummary(deps.jobs, job);
      await deps.feedback.rate(subjectOf(principal, job, version), body.scores);
      await deps.audit.record({ ...auditEntry(principal, job, "summary.feedback"), reason: "pdqi9" });
      return { status: 204 };
    },
  });
}

const query = z.strictObject({
  since: z.iso
    .datetime({ offset: true })
    .default("1970-01-01T00:00:00Z")
    .meta({ description: "RFC 3339; default: from the beginning." }),
});

function countsRoute(deps: PollingDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/feedback",
    scope: "jobs:read",
    operationId: "countFeedback",
    summary: "Verdicts by section, engine, model and prompt version, and mean ratings: numbers only.",
    query,
    responses: { "200": json("Counts.", feedbackCountsAnswer), ...problems(400, 401, 403, 429, 503) },
    async handle({ principal, query: { since } }) {
      requireSystem(principal);
      return { status: 200, json: { since, ...(await deps.feedback.counts(principal.tenant, since)) } };
    },
  });
}

export function feedbackRoutes(deps: PollingDeps): ApiRoute[] {
  return [giveRoute, readRoute, rateRoute, countsRoute].map((route) => route(deps));
}
