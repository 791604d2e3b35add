/**
 * The convention by which each part lends its tables and statements to the tenant wall's test
 * (test/integration/tenant-wall.test.ts). One file a part, `test/support/wall-fixtures/<part>.ts`, that exports
 * `fixture: WallFixture`. A declared statement that no fixture names makes the test fail.
 */
import type { Executor } from "../../../src/db/query.ts";

export interface WallFixture {
  /** Inserts rows of one tenant into every table of the part. Runs as the app, in a transaction of that tenant. */
  fill(tx: Executor, tenant: string): Promise<void>;
  /**
   * For each declared statement, by name, what follows the tenant in its parameters. The values should match rows that
   * `fill` made (for the other tenant too, so that a leak would show).
   */
  readonly params: Readonly<Record<string, readonly unknown[]>>;
  /** Every walled table that `fill` filled, `handover.job`. */
  readonly tables: readonly string[];
}
