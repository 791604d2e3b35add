/** What deliveries tell of themselves goes into the log, as everything that a hospital is told. */
import type { TellOfEndpoint } from "../delivery/operational.ts";
import type { EventLog } from "../events/event-log.ts";

export function tellOfEndpoints(log: Pick<EventLog, "appendStream">, publicUrl: string): TellOfEndpoint {
  return async (tx, tenant, endpoint, events) => {
    await log.appendStream(tx, tenant, `endpoint/${endpoint}`, `${publicUrl}/tenants/${tenant}`, events);
  };
}
