/** Language models by API: what they cost and wrote, and the switch that stops them. */
import { z } from "zod";
import type { GenerationSettings } from "../config/generation-schema.ts";
import type { Principal } from "../core/access/principal.ts";
import type { DaySpent, ModelStop, UsageReport } from "../core/generation/books.ts";
import { everyModel } from "../core/generation/books.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import type { Actor } from "../jobs/jobs.ts";
import { systemCaller } from "./endpoint-routes.ts";

/** What the routes ask of the books. */
export interface ModelDesk {
  settings(tenant: string): GenerationSettings | undefined;
  spentToday(tenant: string): Promise<DaySpent>;
  usage(tenant: string, days: number): Promise<UsageReport>;
  stops(tenant: string): Promise<readonly ModelStop[]>;
  stop(tenant: string, stop: { readonly model: string; readonly reason: string }, actor: Actor): Promise<void>;
  start(tenant: string, model: string, actor: Actor): Promise<boolean>;
}

const scope = "models:write";
const count = z.int().nonnegative();
const modelName = z
  .string()
  .min(1)
  .max(200)
  .default(everyModel)
  .meta({ description: "A model's name as the settings have it; `*`, the default, is every model." });

const stopAnswer = z
  .object({ model: z.string(), reason: z.string(), stoppedBy: z.string(), stoppedAt: z.iso.datetime() })
  .meta({ id: "ModelStop" });

const usageAnswer = z
  .object({
    provider: z.string(),
    model: z.string(),
    mode: z.enum(["shown", "shadow"]),
    part: z.string(),
    calls: count,
    cached: count,
    failed: count,
    inputTokens: count,
    outputTokens: count,
    cost: z.number(),
    sentencesStood: count,
    sentencesDropped: count,
    medianMs: z.number().nullable(),
  })
  .meta({ id: "ModelUsage" });

const modelsAnswer = z
  .object({
    engine: z.enum(["template", "model"]),
    shadow: z.boolean(),
    models: z.array(z.object({ provider: z.string(), model: z.string(), stopped: z.boolean() })).meta({
      description: "In the order in which they are asked; behind the last stands the template.",
    }),
    stops: z.array(stopAnswer),
    today: z.object({
      tokens: count,
      cost: z.number(),
      running: count,
      currency: z.string(),
      tokensPerDay: count.optional(),
      costPerDay: z.number().optional(),
    }),
    since: z.iso.datetime(),
    usage: z.array(usageAnswer),
    drops: z.record(z.string(), count).meta({ description: "Sentences that the gate refused, by rule." }),
  })
  .meta({ id: "Models" });

const daysQuery = z.object({ days: z.coerce.number().int().min(1).max(400).default(7) });
const stopBody = z.object({ model: modelName, reason: z.string().min(3).max(500) }).meta({ id: "StopModel" });
const startBody = z.object({ model: modelName }).meta({ id: "StartModel" });

async function standing(desk: ModelDesk, principal: Principal, days: number): Promise<z.input<typeof modelsAnswer>> {
  const { tenant } = systemCaller(principal);
  const settings = desk.settings(tenant);
  // One after the other: requests share few connections.
  const stops = await desk.stops(tenant);
  const today = await desk.spentToday(tenant);
  const report = await desk.usage(tenant, days);
  const named = [...(settings?.model === undefined ? [] : [settings.model]), ...(settings?.fallbacks ?? [])];
  const isStopped = (name: string): boolean => stops.some(({ model }) => model === name || model === everyModel);
  const { currency = "USD", tokensPerDay, costPerDay } = settings?.budget ?? {};
  return {
    engine: settings?.engine ?? "template",
    shadow: settings?.shadow ?? false,
    models: named.map(({ provider, model }) => ({ provider, model, stopped: isStopped(model) })),
    stops: [...stops],
    today: {
      ...today,
      currency,
      ...(tokensPerDay === undefined ? {} : { tokensPerDay }),
      ...(costPerDay === undefined ? {} : { costPerDay }),
    },
    since: report.since,
    usage: [...report.usage],
    drops: { ...report.drops },
  };
}

function listRoute(desk: ModelDesk): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/models",
    scope,
    operationId: "listModels",
    summary: "The tenant's language models: which are stopped, what the day has cost, and what they wrote.",
    query: daysQuery,
    responses: { "200": json("Models, budget and usage.", modelsAnswer), ...problems(400, 401, 403, 429, 503) },
    handle: async ({ principal, query }) => ({ status: 200, json: await standing(desk, principal, query.days) }),
  });
}

function stopRoute(desk: ModelDesk): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/models/stop",
    scope,
    operationId: "stopModel",
    summary:
      "Ask the model no more, at once and in every replica. Calls under way are cut off; the template stands in.",
    body: stopBody,
    responses: { "204": { description: "Stopped." }, ...problems(400, 401, 403, 413, 415, 429, 503) },
    async handle({ principal, body }) {
      const { tenant, actor } = systemCaller(principal);
      await desk.stop(tenant, body, actor);
      return { status: 204 };
    },
  });
}

function startRoute(desk: ModelDesk): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/models/start",
    scope,
    operationId: "startModel",
    summary: "Take a stop back. A stop of every model (`*`) and one of a single model are taken back one by one.",
    body: startBody,
    responses: { "204": { description: "Not stopped any more." }, ...problems(400, 401, 403, 413, 415, 429, 503) },
    async handle({ principal, body }) {
      const { tenant, actor } = systemCaller(principal);
      await desk.start(tenant, body.model, actor);
      return { status: 204 };
    },
  });
}

export function modelRoutes(desk: ModelDesk): ApiRoute[] {
  return [listRoute(desk), stopRoute(desk), startRoute(desk)];
}
