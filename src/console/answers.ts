/** How endpoints look to callers: settings as people write them, and how the endpoint is. */
import type { z } from "zod";
import type { EndpointView } from "../delivery/registry/view.ts";
import type { endpointAnswer } from "./schemas.ts";

const HOUR_MS = 3_600_000;

export function toEndpointAnswer(view: EndpointView): z.input<typeof endpointAnswer> {
  const { settings, status, ...rest } = view;
  const { timeoutMs, breaker, kind, orderingMaxWaitMs, retryAfterCeilingMs, disableAfterMs, ...written } = settings;
  return {
    ...written,
    kind,
    timeoutSeconds: timeoutMs / 1000,
    orderingMaxWaitSeconds: orderingMaxWaitMs / 1000,
    retryAfterCeilingHours: retryAfterCeilingMs / HOUR_MS,
    disableAfterHours: disableAfterMs / HOUR_MS,
    breaker: { failures: breaker.failures, openSeconds: breaker.openMs / 1000 },
    id: rest.id,
    origin: rest.origin,
    status: status === "removed" ? "disabled" : status,
    ...(rest.reason === undefined ? {} : { reason: rest.reason }),
    revision: rest.revision,
    headers: rest.headers,
    ...(rest.authorization === undefined ? {} : { authorization: rest.authorization }),
    ...(rest.tls === undefined ? {} : { tls: rest.tls }),
    secrets: rest.secrets,
    circuit: rest.circuit,
    ...(rest.throttle === undefined ? {} : { throttle: rest.throttle }),
    ...(rest.failingSince === undefined ? {} : { failingSince: rest.failingSince }),
    lastSequence: rest.lastSequence,
    ...(rest.quietUntil === undefined ? {} : { quietUntil: rest.quietUntil }),
    ...(rest.lastSuccessAt === undefined ? {} : { lastSuccessAt: rest.lastSuccessAt }),
    ...(rest.lastFailureAt === undefined ? {} : { lastFailureAt: rest.lastFailureAt }),
    createdAt: rest.createdAt,
    updatedAt: rest.updatedAt,
  };
}
