/** How endpoints look to callers: settings as people write them, and how the endpoint is. */
import type { z } from "zod";
import type { EndpointView } from "../delivery/registry/view.ts";
import type { endpointAnswer } from "./schemas.ts";

export function toEndpointAnswer(view: EndpointView): z.input<typeof endpointAnswer> {
  const { settings, status, ...rest } = view;
  const { timeoutMs, breaker, kind, ...written } = settings;
  return {
    ...written,
    kind,
    timeoutSeconds: timeoutMs / 1000,
    breaker: { failures: breaker.failures, openSeconds: breaker.openMs / 1000 },
    id: rest.id,
    origin: rest.origin,
    status: status === "removed" ? "disabled" : status,
    ...(rest.reason === undefined ? {} : { reason: rest.reason }),
    revision: rest.revision,
    headers: rest.headers,
    secrets: rest.secrets,
    circuit: rest.circuit,
    lastSequence: rest.lastSequence,
    ...(rest.quietUntil === undefined ? {} : { quietUntil: rest.quietUntil }),
    ...(rest.lastSuccessAt === undefined ? {} : { lastSuccessAt: rest.lastSuccessAt }),
    ...(rest.lastFailureAt === undefined ? {} : { lastFailureAt: rest.lastFailureAt }),
    createdAt: rest.createdAt,
    updatedAt: rest.updatedAt,
  };
}
