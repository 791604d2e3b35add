/** The endpoint API, put together. */
import type { ZodOpenApiPathsObject } from "zod-openapi";
import type { ApiRoute } from "../http/api/api-route.ts";
import type { ConsoleDeps } from "./deps.ts";
import { defineRoute, openApiPaths } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import { deliveryRoutes } from "./delivery-routes.ts";
import { endpointRoutes } from "./endpoint-routes.ts";
import { webhookKeySetPaths } from "./routes/webhook-key-set.ts";
import { modelRoutes } from "./model-routes.ts";
import { egressAnswer } from "./schemas.ts";
import { webhookKeyRoutes } from "./webhook-key-routes.ts";

export interface Console {
  readonly routes: readonly ApiRoute[];
  /** Paths of the OpenAPI document. */
  readonly paths: ZodOpenApiPathsObject;
}

function egressRoute({ egressAddresses }: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/egress-addresses",
    scope: "endpoints:write",
    operationId: "listEgressAddresses",
    summary: "Where our calls come from: what a receiver's firewall has to let in.",
    responses: { "200": json("The addresses.", egressAnswer), ...problems(401, 403, 429, 503) },
    handle: async () => ({ status: 200, json: { addresses: egressAddresses } }),
  });
}

/** Builds the routes; `createApiRouter` serves them. */
export function createConsole(deps: ConsoleDeps): Console {
  const routes = [
    ...endpointRoutes(deps),
    ...deliveryRoutes(deps),
    ...webhookKeyRoutes(deps),
    ...modelRoutes(deps.models),
    egressRoute(deps),
  ];
  return { routes, paths: { ...openApiPaths(routes), ...webhookKeySetPaths } };
}
