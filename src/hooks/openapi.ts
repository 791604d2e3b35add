/** The hooks' part of /openapi.json. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { z } from "zod";
import { cdsDiscovery } from "./schema/discovery.ts";
import type { HooksVersion } from "./schema/elements.ts";
import { publishedFeedback } from "./schema/feedback.ts";
import { publishedRequest } from "./schema/request.ts";
import { cdsResponses } from "./schema/response.ts";

const outcome = (description: string) => ({
  description,
  content: { "application/fhir+json": { schema: z.looseObject({ resourceType: z.literal("OperationOutcome") }) } },
});
/** What a body or the hour can do wrong, whatever the endpoint. */
const refusedAnywhere = {
  "404": outcome("No service of this id."),
  "413": outcome("The body is too large."),
  "415": outcome("The content type is not JSON in UTF-8."),
  "429": outcome("Too many calls; see Retry-After."),
  "503": outcome("This replica cannot answer now; see Retry-After."),
};
const id = z.object({ id: z.string().meta({ example: "discharge-summary" }) });

/** What a server of this version of CDS Hooks takes and gives. */
export const hookPathsOf = (version: HooksVersion): ZodOpenApiPathsObject => ({
  "/cds-services": {
    get: {
      operationId: "discoverCdsServices",
      summary: "The services offered (CDS Hooks, discovery).",
      responses: {
        "200": {
          description: "Each service once per hook.",
          content: {
            "application/json": { schema: cdsDiscovery },
          },
        },
      },
    },
  },
  "/cds-services/{id}": {
    post: {
      operationId: "invokeCdsService",
      summary: "Invokes a service; answers within about 500 ms.",
      security: [{ cdsHooks: [] }],
      requestParams: { path: id },
      requestBody: { content: { "application/json": { schema: publishedRequest } } },
      responses: {
        "200": {
          description: "Cards, perhaps none.",
          content: { "application/json": { schema: cdsResponses[version] } },
        },
        "400": outcome("Malformed, or data of another patient."),
        "401": outcome("The caller's JWT was refused; no reason is given."),
        "403": outcome("Another tenant's fhirServer."),
        "409": outcome("This hookInstance was used for another patient or encounter."),
        "412": outcome("Required data, here Patient and Encounter, can be had in no way."),
        ...refusedAnywhere,
      },
    },
  },
  "/cds-services/{id}/feedback": {
    post: {
      operationId: "sendCdsFeedback",
      summary: "What became of cards. May be repeated.",
      security: [{ cdsHooks: [] }],
      requestParams: { path: id },
      requestBody: { content: { "application/json": { schema: publishedFeedback } } },
      responses: {
        "200": { description: "Taken." },
        "400": outcome("Malformed."),
        "401": outcome("Refused."),
        ...refusedAnywhere,
      },
    },
  },
});

export const hookPaths = hookPathsOf("2.0");
