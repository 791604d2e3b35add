/** The check of what leaves as FHIR, with everybody told of what it keeps back: it is a defect of ours that nobody outside can mend. */
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Outgoing } from "../validation/outgoing.ts";
import { createOutgoing, loadValidator } from "../validation/outgoing.ts";

export function outgoingChecks({ log, metrics }: { readonly log: Log; readonly metrics: Metrics }): Outgoing {
  return createOutgoing(loadValidator(), (kind, { message, issues }) => {
    metrics.invalidResource(kind);
    log.error("resource.invalid", { kind, count: issues.length, detail: message });
  });
}
