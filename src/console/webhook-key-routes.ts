/** The tenant's webhook keys by API: which there are, and a new one. */
import type { ApiRoute } from "../http/api/api-route.ts";
import { defineRoute } from "../http/api/api-route.ts";
import { json, problems } from "../http/api/responses.ts";
import type { PublicWebhookKey } from "../delivery/webhook-keys/keys.ts";
import type { ConsoleDeps } from "./deps.ts";
import { systemCaller } from "./endpoint-routes.ts";
import { webhookKeySetUrl } from "./routes/webhook-key-set.ts";
import { rotateKeysBody, webhookKeysAnswer } from "./schemas.ts";

const HOUR_MS = 3_600_000;
const scope = "endpoints:write";

const toAnswer = (publicUrl: string, tenant: string, items: readonly PublicWebhookKey[]) => ({
  status: 200,
  json: { items, keySet: webhookKeySetUrl(publicUrl, tenant) },
});

function listRoute({ registry, publicUrl }: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "get",
    path: "/v1/webhook-keys",
    scope,
    operationId: "listWebhookKeys",
    summary: "The public keys that verify webhooks of endpoints with `asymmetric`, current first.",
    responses: {
      "200": json("The keys, and where they are published.", webhookKeysAnswer),
      ...problems(401, 403, 429, 503),
    },
    async handle({ principal }) {
      const { tenant } = systemCaller(principal);
      return toAnswer(publicUrl, tenant, await registry.webhookKeys(tenant));
    },
  });
}

function rotateRoute({ registry, publicUrl }: ConsoleDeps): ApiRoute {
  return defineRoute({
    method: "post",
    path: "/v1/webhook-keys/rotate",
    scope,
    operationId: "rotateWebhookKeys",
    summary: "Take a new key pair. The one before signs beside it for a while, and is published for as long.",
    body: rotateKeysBody,
    responses: {
      "200": json("The keys, and where they are published.", webhookKeysAnswer),
      ...problems(400, 401, 403, 413, 415, 429, 503),
    },
    async handle({ principal, body }) {
      const caller = systemCaller(principal);
      const keys = await registry.rotateKeys(caller, body.overlapHours * HOUR_MS);
      return toAnswer(publicUrl, caller.tenant, keys);
    },
  });
}

export function webhookKeyRoutes(deps: ConsoleDeps): ApiRoute[] {
  return [listRoute(deps), rotateRoute(deps)];
}
