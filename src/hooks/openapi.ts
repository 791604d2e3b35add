/** The hooks' part of /openapi.json. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { z } from "zod";
import { cdsRequest, feedbackRequest } from "./cds-hooks.ts";

const coding = z.object({ code: z.string(), system: z.string(), display: z.string() });
const card = z.object({
  uuid: z.uuid(),
  summary: z.string().max(139),
  detail: z.string().optional().meta({ description: "GitHub-flavoured markdown without HTML." }),
  indicator: z.enum(["info", "warning", "critical"]),
  source: z.object({ label: z.string(), url: z.url().optional(), topic: coding.optional() }),
  overrideReasons: z.array(coding).optional(),
  links: z
    .array(
      z.object({
        label: z.string(),
        url: z.url(),
        type: z.enum(["absolute", "smart"]),
        appContext: z.string().optional(),
      }),
    )
    .optional(),
});
const outcome = (description: string) => ({
  description,
  content: { "application/fhir+json": { schema: z.looseObject({ resourceType: z.literal("OperationOutcome") }) } },
});
const id = z.object({ id: z.string().meta({ example: "discharge-summary" }) });

export const hookPaths: ZodOpenApiPathsObject = {
  "/cds-services": {
    get: {
      operationId: "discoverCdsServices",
      summary: "The services offered (CDS Hooks 2.0, discovery).",
      responses: {
        "200": {
          description: "Each service once per hook.",
          content: {
            "application/json": {
              schema: z.object({
                services: z.array(z.looseObject({ hook: z.string(), id: z.string(), description: z.string() })),
              }),
            },
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
      requestBody: { content: { "application/json": { schema: cdsRequest } } },
      responses: {
        "200": {
          description: "Cards, perhaps none.",
          content: { "application/json": { schema: z.object({ cards: z.array(card) }) } },
        },
        "400": outcome("Malformed, or data of another patient."),
        "401": outcome("The caller's JWT was refused; no reason is given."),
        "403": outcome("Another tenant's fhirServer."),
        "409": outcome("This hookInstance was used for another patient or encounter."),
        "412": outcome("Patient and Encounter can be had in no way."),
      },
    },
  },
  "/cds-services/{id}/feedback": {
    post: {
      operationId: "sendCdsFeedback",
      summary: "What became of cards. May be repeated.",
      security: [{ cdsHooks: [] }],
      requestParams: { path: id },
      requestBody: { content: { "application/json": { schema: feedbackRequest } } },
      responses: { "200": { description: "Taken." }, "400": outcome("Malformed."), "401": outcome("Refused.") },
    },
  },
};
