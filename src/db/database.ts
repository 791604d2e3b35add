/** The database as features see it. Pools are separate so that one kind of work cannot starve another. */
import type { Executor } from "./query.ts";
import type { Session, SessionOptions } from "./session.ts";

export interface Pool extends Executor {
  /**
   * Runs `work` in one transaction. With a tenant, `app.tenant` is set for its length; null is for the system path and
   * tables without tenants only. Serialization failures and deadlocks are tried again, at most three times.
   */
  transaction<T>(tenant: string | null, work: (tx: Executor) => Promise<T>): Promise<T>;
}

export interface Database {
  /** For requests: short waits, small. */
  readonly http: Pool;
  /** For jobs, lanes and sweeps. */
  readonly worker: Pool;
  /** A dedicated connection that reconnects by itself (LISTEN, session locks). The caller closes it. */
  session(options: SessionOptions): Session;
  close(): Promise<void>;
}
