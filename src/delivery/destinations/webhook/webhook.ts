/** Signed webhooks (contract, section 4). */
import type { Authorize } from "../../authorization/authorize.ts";
import type { Endpoint, WebhookSettings } from "../../endpoint.ts";
import type { ClaimedDelivery, Destination, Prepared } from "../destination.ts";
import type { FullBodyDependencies } from "./full-body.ts";
import { bodyOf } from "./full-body.ts";
import { signedRequest } from "./signed-request.ts";

export interface WebhookDependencies extends FullBodyDependencies {
  readonly authorize: Authorize;
}

async function prepareWebhook(
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  settings: WebhookSettings,
  deps: WebhookDependencies,
  nowMs: number,
): Promise<Prepared> {
  const body = await bodyOf(delivery, endpoint, settings.payload, deps);
  if (body.kind === "withheld") return body;
  const request = signedRequest(endpoint, settings, { id: delivery.event.id, body: body.bytes }, nowMs);
  if (request === undefined) return { kind: "held", code: "no_valid_secret" };
  const keep = {
    ...(body.keep === undefined ? {} : { keep: body.keep }),
    ...(body.plain === undefined ? {} : { plain: body.plain }),
  };
  const { authorization } = endpoint.secrets;
  if (authorization === undefined) return { kind: "ready", request, ...keep };
  return { ...(await deps.authorize(endpoint.tenant, authorization, request, nowMs)), ...keep };
}

/** The `webhook` kind of destination. */
export function webhookDestination(deps: WebhookDependencies): Destination {
  return {
    kind: "webhook",
    prepare: async (delivery, endpoint, nowMs) =>
      endpoint.settings.kind === "webhook"
        ? prepareWebhook(delivery, endpoint, endpoint.settings, deps, nowMs)
        : { kind: "held", code: "wrong_kind" },
  };
}
