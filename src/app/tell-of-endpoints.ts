/** What deliveries tell of themselves goes into the log of events, as everything that a hospital is told, and into the process's. */
import type { EventData } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";
import type { TellOfEndpoint } from "../delivery/operational.ts";
import type { EventLog } from "../events/event-log.ts";
import type { OweMails } from "../mail/owe-mails.ts";
import type { Log } from "../telemetry/log.ts";

export interface TellDeps {
  readonly events: Pick<EventLog, "appendStream">;
  readonly publicUrl: string;
  /** Absent where a person sees what is told, at a command line. */
  readonly log?: Pick<Log, "warn">;
  /** Absent where no mail server is configured. */
  readonly oweMails: OweMails | undefined;
}

/** The same of one of our own sides that others call, in a log of its own for each tenant: `receiver/hooks`. */
export type TellOfReceiver = (
  tx: Executor,
  tenant: string,
  receiver: string,
  event: { readonly type: "receiver.degraded" | "receiver.recovered"; readonly data: EventData },
) => Promise<void>;

export function tellOfReceivers({ events, publicUrl, oweMails }: TellDeps): TellOfReceiver {
  return async (tx, tenant, receiver, event) => {
    const source = `${publicUrl}/tenants/${tenant}`;
    const appended = await events.appendStream(tx, tenant, `receiver/${receiver}`, source, [event]);
    // No endpoint has that id: the tenant's operators are written to, and nobody's contact.
    await oweMails?.(tx, tenant, "", appended);
  };
}

export function tellOfEndpoints({ events, publicUrl, log, oweMails }: TellDeps): TellOfEndpoint {
  return async (tx, tenant, endpoint, told) => {
    const source = `${publicUrl}/tenants/${tenant}`;
    const appended = await events.appendStream(tx, tenant, `endpoint/${endpoint}`, source, told);
    await oweMails?.(tx, tenant, endpoint, appended);
    for (const { id, type, data } of appended) {
      const { reason, code } = data;
      log?.warn("delivery.alert", { tenant, endpoint, topic: type, event: id, reason, code });
    }
  };
}
