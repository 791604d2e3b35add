/** `POST /inbound/{provider}/{tenant}`: where providers of models tell that work has ended. */
import type { Router } from "express";
import express from "express";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { annotate } from "../../http/annotations.ts";
import { rawBody } from "../../http/body.ts";
import { guardMethods } from "../../http/method-guard.ts";
import type { InboxDeps } from "./receive.ts";
import { receiveWebhook } from "./receive.ts";

/** An id and a type: a provider that sends more sends what is not wanted here. */
const BODY_BYTES = 65_536;

export function createInboxRoutes(deps: InboxDeps): Router {
  const router = express.Router();
  router.post("/inbound/:provider/:tenant", rawBody(BODY_BYTES), (request, response) => {
    const provider = String(request.params["provider"]);
    const tenant = String(request.params["tenant"]);
    const sent: unknown = request.body;
    const body = sent instanceof Uint8Array ? sent : new Uint8Array();
    annotate(response, { tenant });
    return receiveWebhook({ tenant, provider, header: (name) => request.get(name), body }, deps).then(
      () => void response.status(204).end(),
    );
  });
  return guardMethods(router);
}

export const inboxPaths: ZodOpenApiPathsObject = {
  "/inbound/{provider}/{tenant}": {
    post: {
      operationId: "receiveProviderWebhook",
      summary:
        "A provider's webhook (Standard Webhooks): work that it did in the background has ended. Only its id is used.",
      responses: {
        "204": { description: "Taken, or taken before." },
        "400": { description: "A header is missing, or the body is no event." },
        "401": { description: "The signature does not hold, or the time is more than five minutes off." },
        "404": { description: "No such tenant, or it shares no secret with this provider." },
      },
    },
  },
};
