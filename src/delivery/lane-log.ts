/** The one wide line of an attempt: every id and decision, nothing of the content. */
import { traceOf } from "../core/trace/trace-parent.ts";
import type { LogFields } from "../telemetry/fields.ts";
import type { AttemptResult } from "./attempt.ts";
import type { Endpoint } from "./endpoint.ts";

export function attemptFields(endpoint: Endpoint, result: AttemptResult): LogFields {
  const { delivery, outcome } = result;
  return {
    tenant: endpoint.tenant,
    endpoint: endpoint.id,
    kind: endpoint.settings.kind,
    event: delivery.event.id,
    job: delivery.event.job,
    traceId: traceOf(delivery.event).traceId,
    sequence: delivery.sequence,
    attempt: delivery.attempts + 1,
    overtook: delivery.overtook,
    outcome: outcome.kind,
    code: outcome.code,
    remoteStatus: result.httpStatus,
    bytes: result.responseBytes,
    durationMs: result.durationMs,
    waitMs: outcome.kind === "retry" ? outcome.delayMs : undefined,
  };
}
