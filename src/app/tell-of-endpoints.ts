/** What deliveries tell of themselves goes into the log of events, as everything that a hospital is told, and into the process's. */
import type { TellOfEndpoint } from "../delivery/operational.ts";
import type { EventLog } from "../events/event-log.ts";
import type { Log } from "../telemetry/log.ts";

/** @param log absent where a person sees what is told, at a command line */
export function tellOfEndpoints(
  events: Pick<EventLog, "appendStream">,
  publicUrl: string,
  log?: Pick<Log, "warn">,
): TellOfEndpoint {
  return async (tx, tenant, endpoint, told) => {
    const source = `${publicUrl}/tenants/${tenant}`;
    for (const { id, type, data } of await events.appendStream(tx, tenant, `endpoint/${endpoint}`, source, told)) {
      const { reason, code } = data;
      log?.warn("delivery.alert", { tenant, endpoint, topic: type, event: id, reason, code });
    }
  };
}
