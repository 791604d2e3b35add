/** The catalogue over HTTP. Public: it tells of shapes, never of anybody's events. */
import type { Request, Response, Router } from "express";
import express from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { z } from "zod";
import { catalogueEntry, carriers, dataJsonSchema, eventCatalogue } from "../core/event/catalogue.ts";
import { AdapterError } from "../core/errors.ts";
import { json, problems } from "../http/api/responses.ts";
import { guardMethods } from "../http/method-guard.ts";
import { asyncApiDocument } from "./async-api.ts";

export interface CatalogueOptions {
  readonly publicUrl: string;
  /** Of this program, for AsyncAPI's `info`. */
  readonly version: string;
}

const schema = z.record(z.string(), z.unknown()).meta({ description: "JSON Schema 2020-12." });
const eventTypesAnswer = z
  .object({
    items: z.array(
      z.object({
        type: z.string(),
        version: z.int(),
        description: z.string(),
        carriedBy: z.array(z.enum(carriers)).meta({ description: "`draft.*` stays in the job's own stream." }),
        dataschema: z.url(),
        schema,
        example: z.record(z.string(), z.unknown()),
      }),
    ),
    next: z.null(),
  })
  .meta({ id: "EventTypes" });

/** Paths of the OpenAPI document. */
export const cataloguePaths: ZodOpenApiPathsObject = {
  "/v1/event-types": {
    get: {
      operationId: "listEventTypes",
      summary: "Every event: when it happens, who carries it, its JSON Schema and an example.",
      security: [],
      responses: { "200": json("The catalogue.", eventTypesAnswer) },
    },
  },
  "/event-types/{type}/v1": {
    get: {
      operationId: "readEventSchema",
      summary: "JSON Schema of an event's `data`; what `dataschema` of an envelope names.",
      security: [],
      requestParams: { path: z.object({ type: z.string().meta({ example: "summary.ready" }) }) },
      responses: {
        "200": { description: "The schema.", content: { "application/schema+json": { schema } } },
        ...problems(404),
      },
    },
  },
};

/** Shapes change with releases only, and any page may read them. */
function send(response: Response, type: string, text: string): void {
  response
    .set({
      "content-type": `${type}; charset=utf-8`,
      "cache-control": "public, max-age=300",
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
    })
    .end(text);
}

/** Serves `/v1/event-types`, the schemas that envelopes name, and `/asyncapi.json`. All texts are made once. */
export function createCatalogueRoutes(options: CatalogueOptions): Router {
  const idOf = (type: string, version: number) => `${options.publicUrl}/event-types/${type}/v${version}`;
  const schemas = new Map(
    eventCatalogue.map((entry) => [entry.type as string, dataJsonSchema(entry, idOf(entry.type, entry.version))]),
  );
  const items = eventCatalogue.map(({ type, version, description, carriedBy, example }) => ({
    type,
    version,
    description,
    carriedBy,
    dataschema: idOf(type, version),
    schema: schemas.get(type),
    example,
  }));
  const list = JSON.stringify({ items, next: null });
  const asyncApi = JSON.stringify(asyncApiDocument(options));
  const router = express.Router();
  router.get("/v1/event-types", (_request, response) => send(response, "application/json", list));
  router.get("/asyncapi.json", (_request, response) => send(response, "application/json", asyncApi));
  router.get("/event-types/:type/v1", (request: Request<{ type: string }>, response) => {
    const entry = catalogueEntry(request.params.type);
    if (entry === undefined) throw new AdapterError("not_found", { at: "type" });
    send(response, "application/schema+json", JSON.stringify(schemas.get(entry.type)));
  });
  return guardMethods(router);
}
