/** The API of recalls and safety reports. */
import { z } from "zod";
import type { Audit } from "../audit/audit.ts";
import { maySee, requireSystem } from "../core/access/principal.ts";
import { AdapterError } from "../core/errors.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { RecallSubject, Recalls } from "./recalls.ts";
import type { SafetyReports } from "./reports.ts";
import { reportCategories } from "./reports.ts";

export interface SafetyDeps {
  readonly recalls: Recalls;
  readonly reports: SafetyReports;
  readonly jobs: Pick<Jobs, "get">;
  readonly audit: Audit;
}

const source = z
  .string()
  .regex(/^[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64}(?:\|[A-Za-z0-9.-]{1,64})?$/u)
  .meta({
    description: "A record that was corrected: `Observation/123`, or `Observation/123|4` for one version of it.",
  });
const model = z.string().min(1).max(200);
const prompt = z.string().min(1).max(100).meta({ description: "Version of the prompt, as the summary names it." });

const subject = { model: model.optional(), prompt: prompt.optional(), source: source.optional() };
const oneOf = (given: { model?: unknown; prompt?: unknown; source?: unknown }): boolean =>
  [given.model, given.prompt, given.source].filter((value) => value !== undefined).length === 1;
const exactlyOne = "expected one of model, prompt and source";

interface Named {
  readonly model?: string | undefined;
  readonly prompt?: string | undefined;
  readonly source?: string | undefined;
}

function subjectOf({ model: byModel, prompt: byPrompt, source: bySource }: Named): RecallSubject {
  if (byModel !== undefined) return { cause: "model", subject: byModel };
  if (byPrompt !== undefined) return { cause: "prompt", subject: byPrompt };
  return { cause: "source", subject: bySource ?? "" };
}

const affectedQuery = z
  .strictObject({
    ...subject,
    cursor: z.string().max(64).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  })
  .refine(oneOf, exactlyOne);

const affectedAnswer = z
  .object({
    items: z.array(
      z.object({
        job: z.string(),
        version: z.int().meta({ description: "The newest." }),
        docStatus: z.string(),
        engine: z.enum(["template", "model"]),
        model: z.string().optional(),
        promptVersion: z.string().optional(),
        encounter: z.string(),
        createdAt: z.iso.datetime(),
        recalled: z.boolean().meta({ description: "Recalled for this before." }),
      }),
    ),
    next: z.string().nullable(),
  })
  .meta({ id: "AffectedSummaries" });

const words = z
  .string()
  .refine((text) => text.isWellFormed() && !/[^\P{Cc}\t\n\r]/u.test(text), "expected text without control characters")
  .trim()
  .min(1)
  .max(2000);

const recallBody = z
  .strictObject({ ...subject, reason: words.meta({ description: "Shown on the page of each summary; kept sealed." }) })
  .refine(oneOf, exactlyOne)
  .meta({ id: "Recall" });
const recallAnswer = z
  .object({
    id: z.string(),
    told: z.int().meta({ description: "Summaries of which an event was written now." }),
    before: z.int().meta({ description: "Summaries that had been recalled for this already." }),
  })
  .meta({ id: "RecallOutcome" });

function affectedRoute({ recalls }: SafetyDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/recalls/affected",
    scope: "jobs:read",
    operationId: "readAffectedSummaries",
    summary: "Every summary that was made by a model or a prompt, or that cites a record: what a recall would tell of.",
    query: affectedQuery,
    responses: { "200": json("By job id.", affectedAnswer), ...problems(400, 401, 403, 429, 503) },
    async handle({ principal, query: { cursor, limit, ...named } }) {
      requireSystem(principal);
      const page = cursor === undefined ? { limit } : { after: cursor, limit };
      const { items, next } = await recalls.affected(principal.tenant, subjectOf(named), page);
      return { status: 200, json: { items: [...items], next } };
    },
  });
}

function recallRoute({ recalls }: SafetyDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/recalls",
    scope: "jobs:write",
    operationId: "recallSummaries",
    summary:
      "Recall them: an event of each, and a warning on its page. The same recall again tells of those it has not told of.",
    body: recallBody,
    responses: { "200": json("How many were told of.", recallAnswer), ...problems(400, 401, 403, 415, 429, 503) },
    async handle({ principal, body: { reason, ...named } }) {
      requireSystem(principal);
      const outcome = await recalls.recall(principal.tenant, subjectOf(named), reason, principal.actor);
      return { status: 200, json: outcome };
    },
  });
}

const reportBody = z
  .strictObject({
    job: z.string().max(64).optional().meta({ description: "Absent: of no summary in particular." }),
    category: z.enum(reportCategories),
    text: words.meta({ description: "What happened; kept sealed." }),
  })
  .meta({ id: "NewSafetyReport" });

const reportsQuery = z.strictObject({
  since: z.iso.datetime({ offset: true }).default("1970-01-01T00:00:00Z"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const reportsAnswer = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        category: z.string(),
        job: z.string().optional(),
        version: z.int().optional(),
        actor: z.string(),
        at: z.iso.datetime(),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: "SafetyReports" });

function reportRoute({ reports, jobs }: SafetyDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/safety-reports",
    // Whoever may only read sees what is wrong as well as others do.
    scope: "jobs:read",
    operationId: "reportSafety",
    summary:
      "Say that something has gone wrong, or nearly: kept sealed, audited, told of by an event without a word of it.",
    body: reportBody,
    responses: {
      "201": json("The report's id.", z.object({ id: z.string() }).meta({ id: "SafetyReportId" })),
      ...problems(400, 401, 403, 404, 415, 429, 503),
    },
    async handle({ principal, body: { job: id, category, text } }) {
      const job = id === undefined ? undefined : await jobs.get(principal.tenant, id);
      if (id !== undefined && (job === undefined || !maySee(principal, job))) throw new AdapterError("not_found");
      const report = { category, text, ...(job === undefined ? {} : { job }) };
      return { status: 201, json: { id: await reports.report(principal.tenant, report, principal.actor) } };
    },
  });
}

function reportsRoute({ reports, audit }: SafetyDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/safety-reports",
    scope: "jobs:read",
    operationId: "readSafetyReports",
    summary: "Safety reports with their words, the newest first.",
    query: reportsQuery,
    responses: { "200": json("Reports.", reportsAnswer), ...problems(400, 401, 403, 429, 503) },
    async handle({ principal, query: { since, limit } }) {
      requireSystem(principal);
      const { tenant, actor } = principal;
      const items = await reports.list(tenant, since, limit);
      await audit.record({ tenant, action: "safety.read", outcome: "success", actor });
      return { status: 200, headers: { "Cache-Control": "no-store" }, json: { items: [...items] } };
    },
  });
}

/** All of them; `createApiRouter` serves them. */
export function safetyRoutes(deps: SafetyDeps): readonly ApiRoute[] {
  return [affectedRoute, recallRoute, reportRoute, reportsRoute].map((route) => route(deps));
}
