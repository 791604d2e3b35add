/** /openapi.json and /config.schema.json, made from the schemas that the program validates with. */
import type { Router } from "express";
import express from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { createDocument } from "zod-openapi";
import { configJsonSchema } from "../config/json-schema.ts";
import { guardMethods } from "./method-guard.ts";

export interface DescriptionOptions {
  readonly publicUrl: string;
  readonly version: string;
  /** Each feature's part; two parts may not describe the same operation. */
  readonly paths: readonly ZodOpenApiPathsObject[];
}

/** The OpenAPI 3.1 document of all parts. */
export function openApiDocument({ publicUrl, version, paths }: DescriptionOptions): ReturnType<typeof createDocument> {
  const merged: ZodOpenApiPathsObject = {};
  for (const part of paths) {
    for (const [path, item] of Object.entries(part)) merged[path] = { ...merged[path], ...item };
  }
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Handover",
      version,
      description: "Discharge summaries from hook to signed document.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: publicUrl }],
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description:
            "An API key, or an access token from /oauth/token; or an access token of the hospital's EHR, with the hospital's id in the header X-Handover-Tenant, where it has switched that on.",
        },
        cdsHooks: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The CDS client's own JWT (CDS Hooks 2.0).",
        },
      },
    },
    paths: merged,
  });
}

/** Serves both documents; they are made once. */
export function createDescriptionRoutes(options: DescriptionOptions): Router {
  const documents: Record<string, string> = {
    "/openapi.json": JSON.stringify(openApiDocument(options)),
    "/config.schema.json": JSON.stringify(configJsonSchema(options.publicUrl)),
  };
  const router = express.Router();
  for (const [path, text] of Object.entries(documents)) {
    router.get(path, (_request, response) => {
      response
        .set({
          "content-type": "application/json; charset=utf-8",
          "cache-control": "public, max-age=300",
          "access-control-allow-origin": "*",
          "cross-origin-resource-policy": "cross-origin",
        })
        .end(text);
    });
  }
  return guardMethods(router);
}
