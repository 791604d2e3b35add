/** How long attempts are kept: days of them are made ahead, and dropped whole. */
import type { Executor } from "../db/query.ts";

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
