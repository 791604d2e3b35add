/** `/inbound/fhir/{tenant}/{subscription}`: where EHRs tell. With `/{type}/{id}` behind it where a server puts the resource there. */
import type { NextFunction, Request, RequestHandler, Response, Router } from "express";
import express from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { annotate } from "../../http/annotations.ts";
import { rawBody } from "../../http/body.ts";
import { guardMethods } from "../../http/method-guard.ts";
import type { ReceiveDeps } from "./receive.ts";
import { admit, receive } from "./receive.ts";
import type { EhrSubscriptionRow } from "./store.ts";

/** We ask for ids; a server that sends resources all the same sends one at a time. */
const BODY_BYTES = 1_048_576;

export function createEhrNotificationRoutes(deps: ReceiveDeps): Router {
  const router = express.Router();
  const rows = new WeakMap<object, EhrSubscriptionRow>();
  const letIn = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const tenant = String(request.params["tenant"]);
    annotate(response, { tenant });
    const endpoint = { tenant, id: String(request.params["subscription"]) };
    rows.set(request, await admit(deps, endpoint, request.get("authorization")));
    next();
  };
  const take = async (request: Request, response: Response): Promise<void> => {
    const row = rows.get(request);
    const { tenant, type, id } = request.params;
    const address = type === undefined ? undefined : `${String(type)}/${String(id)}`;
    const sent: unknown = request.body;
    if (row !== undefined)
      await receive(deps, String(tenant), row, address, sent instanceof Uint8Array ? sent : new Uint8Array());
    response.status(200).end();
  };
  for (const path of ["/inbound/fhir/:tenant/:subscription", "/inbound/fhir/:tenant/:subscription/:type/:id"]) {
    const steps: readonly RequestHandler[] = [
      // Express 5 hands on what these promises reject with.
      (request, response, next) => letIn(request, response, next),
      rawBody(BODY_BYTES),
      (request, response) => take(request, response),
    ];
    router.post(path, ...steps);
    router.put(path, ...steps);
  }
  return guardMethods(router);
}

const responses = {
  "200": { description: "Taken. What it says is read from the EHR before anything comes of it." },
  "400": { description: "The body is no JSON, or no FHIR." },
  "401": { description: "The header that the Subscription names is missing or another one." },
  "404": { description: "No such Subscription of ours." },
  "413": { description: "More than a megabyte." },
};

export const ehrNotificationPaths: ZodOpenApiPathsObject = {
  "/inbound/fhir/{tenant}/{subscription}": {
    post: {
      operationId: "receiveEhrNotification",
      summary:
        "A notification of the EHR's: a Bundle of the Subscriptions R5 Backport, a resource, or nothing. Only ids are used.",
      responses,
    },
  },
  "/inbound/fhir/{tenant}/{subscription}/{type}/{id}": {
    put: {
      operationId: "receiveEhrResource",
      summary: "The same from servers that put each resource behind the endpoint. Only its address is used.",
      responses,
    },
  },
};
