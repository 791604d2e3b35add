/** How long attempts and deliveries are kept: days of attempts are made ahead and dropped whole, deliveries go one by one. */
import type { Executor } from "../db/query.ts";
import { runSystem, systemQuery } from "../db/system.ts";

/** Days made ahead: how long workers may be away before attempts land in the net below. */
const AHEAD_DAYS = 7;

export interface Rolled {
  readonly made: number;
  readonly dropped: number;
  /** Rows of the net that were past their time. */
  readonly swept: string;
}

/**
 * Makes the days to come and drops those past `keepDays`. Any replica may call it at any time.
 * @returns undefined when another one is at it
 */
export async function rollAttempts(pool: Executor, keepDays: number): Promise<Rolled | undefined> {
  // Not a function of the system path: making and dropping tables takes the owner's rights, and this one call has them.
  const { rows } = await pool.query("select * from handover.roll_attempts($1, $2)", [keepDays, AHEAD_DAYS]);
  return (rows as Rolled[])[0];
}

const forgetRows = systemQuery<{ readonly forgotten: number }, readonly [days: number, most: number]>(
  "delivery.forget",
  "select * from handover.sys_forget_deliveries($1, $2) as f(forgotten)",
);

/** Small enough that no lane waits for it. */
const AT_ONCE = 5_000;

/** Forgets what was delivered or withheld more than `keepDays` ago. @returns how many; full turns mean that there is more */
export async function forgetDeliveries(pool: Executor, keepDays: number): Promise<{ readonly more: boolean }> {
  const [row] = await runSystem(pool, forgetRows, keepDays, AT_ONCE);
  return { more: row?.forgotten === AT_ONCE };
}
