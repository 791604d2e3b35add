/** What the operations on jobs work with; composed once. */
import type { Audit, AuditAction } from "../audit/audit.ts";
import type { JobEvent } from "../core/event/event.ts";
import type { Database } from "../db/database.ts";
import type { Sealer } from "../db/sealer.ts";
import type { WakeUp } from "../events/event-log.ts";
import type { FencedEventLog } from "../events/log.ts";
import type { Boss } from "./boss.ts";

export interface JobsDeps {
  readonly database: Database;
  readonly eventLog: FencedEventLog;
  readonly wakeUp: WakeUp;
  readonly boss: Boss;
  readonly sealer: Sealer;
  readonly audit: Audit;
  /** Base of all links, without trailing slash. */
  readonly publicUrl: string;
  readonly newJobId?: () => string;
}

/** Hints that follow a commit: the job's own readers, the sequencer, the queue. */
export function wakeAfter(
  wakeUp: WakeUp,
  tenant: string,
  job: string,
  events: readonly JobEvent[],
  dispatched = false,
): void {
  wakeUp.notify("job", `${tenant}/${job}`);
  if (events.length > 0) wakeUp.notify("appended");
  if (dispatched) wakeUp.notify("queue");
}

export type AuditedAction = Extract<AuditAction, `job.${string}` | `summary.${string}`>;
