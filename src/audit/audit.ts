/** The audit log's interface: who did what to which chart, when, and how it ended. Hash-chained per tenant. */
import type { Executor } from "../db/query.ts";
import type { Actor } from "../jobs/jobs.ts";

export type AuditAction =
  | "job.create"
  | "job.read"
  | "job.cancel"
  | "summary.read"
  | "summary.edit"
  | "summary.sign"
  | "summary.amend"
  | "summary.retract"
  | "summary.discard"
  | "summary.feedback"
  | "summary.recall"
  | "safety.report"
  | "safety.read"
  | "evidence.read"
  | "chart.read"
  | "document.write"
  | "document.retry"
  | "hook.invoke"
  | "hook.feedback"
  | "auth.refused"
  | "smart.launch"
  | "smart.logout"
  | "ticket.redeem"
  | "tenant.change"
  | "endpoint.change"
  | "keys.rotate"
  | "delivery.read"
  | "subscription.change"
  | "subscription.bind"
  | "model.stop"
  | "model.start";

export interface AuditEntry {
  readonly tenant: string;
  readonly action: AuditAction;
  readonly outcome: "success" | "refused" | "failed";
  readonly actor: Actor;
  /** Relative references and ids only. */
  readonly job?: string;
  readonly patient?: string;
  readonly encounter?: string;
  /** Reason code, for example the failed JWT check. Never PHI, never a token. */
  readonly reason?: string;
}

export interface Audit {
  /**
   * Writes the entry down inside `tx` when given (it stands or falls with the change), else on its own. The chain takes it up
   * within a second (chain-loop.ts).
   */
  record(entry: AuditEntry, tx?: Executor): Promise<void>;
}
