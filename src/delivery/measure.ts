/** Attempts as the metrics count them. */
import type { DeliveryMetrics } from "../telemetry/delivery-metrics.ts";
import type { AttemptResult } from "./attempt.ts";
import type { Endpoint } from "./endpoint.ts";

/** Time counts where a request went out: what was withheld or held says nothing of the receiver. */
export function measuredBy(metrics: Pick<DeliveryMetrics, "attempt">) {
  return ({ tenant, id }: Endpoint, { outcome, durationMs }: AttemptResult): void => {
    const sent = outcome.kind === "withheld" || outcome.kind === "held" ? undefined : { seconds: durationMs / 1000 };
    metrics.attempt({ tenant, endpoint: id, outcome: outcome.kind }, sent);
  };
}
