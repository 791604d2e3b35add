/** GET /v1/model-card: what wrote this hospital's drafts, what it is for, and how it was found to be. */
import { z } from "zod";
import type { CardSubject } from "../core/model-card/model-card.ts";
import { modelCard } from "../core/model-card/model-card.ts";
import { languageOf } from "../core/language/language.ts";
import type { ApiRoute } from "../http/api/api-route.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";

const texts = z.array(z.string());

const cardAnswer = z
  .object({
    name: z.string(),
    release: z.string(),
    tenant: z.object({ engine: z.enum(["template", "model"]), language: z.string(), jurisdiction: z.string() }),
    model: z
      .object({ provider: z.string(), name: z.string(), promptVersion: z.string() })
      .optional()
      .meta({ description: "Where a model is configured." }),
    style: z.string().optional().meta({ description: "Version of the hospital's house style." }),
    intendedUse: texts,
    notFor: texts,
    users: z.string(),
    inputs: texts,
    howItWrites: texts,
    safeguards: texts,
    limits: texts,
    humanOversight: z.string(),
    evaluations: z.array(
      z.object({
        engine: z.enum(["template", "model"]),
        model: z.string().optional(),
        charts: z.int(),
        seed: z.int(),
        date: z.iso.date(),
        command: z.string().meta({ description: "Repeats the evaluation." }),
        figures: z.array(z.object({ name: z.string(), value: z.number(), threshold: z.number(), ok: z.boolean() })),
      }),
    ),
  })
  .meta({ id: "ModelCard" });

export interface ModelCardDeps {
  /** What differs from hospital to hospital. */
  readonly subjectOf: (tenant: string) => CardSubject;
}

export function modelCardRoute({ subjectOf }: ModelCardDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/model-card",
    scope: "jobs:read",
    operationId: "readModelCard",
    summary: "Intended use, limits, engine, model, prompt version and evaluation figures.",
    responses: {
      "200": json("The card of this hospital's configuration.", cardAnswer),
      ...problems(401, 403, 429, 503),
    },
    requestHeaders: z.object({
      "Accept-Language": z.string().optional().meta({ description: "`de` for the card in German, else English." }),
    }),
    async handle({ principal, header }) {
      const language = languageOf((header("Accept-Language") ?? "en").split(/[,;]/u)[0]?.trim() ?? "en");
      const headers = { "Content-Language": language, Vary: "Accept-Language" };
      return { status: 200, headers, json: modelCard(subjectOf(principal.tenant), language) };
    },
  });
}
