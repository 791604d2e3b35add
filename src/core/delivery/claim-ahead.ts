/** How many deliveries a lane claims ahead of sending them: by what it gets rid of, not by what is owed. */

/** A turn's worth in hand while the next is being claimed, and as much again for a slow database. */
const turnsAhead = 4;
/** An endpoint of small concurrency need not begin with a turn for each few rows. */
export const firstClaim = 16;

/**
 * An endpoint that hangs, or has only begun, is given what it can have in flight and as much again, or a handful; one that takes much gets
 * more from turn to turn. So a thousand endpoints that hang cost no memory and no claims, and the fast one still never waits.
 *
 * @param before what the last turn claimed ahead; undefined at a lane's beginning
 * @param recorded results that the last turn recorded
 * @param concurrency requests that may be in flight
 * @param most rows, whatever the speed
 */
export function claimAhead(before: number | undefined, recorded: number, concurrency: number, most: number): number {
  // A turn may record a single urgent failure: what was there before falls slowly.
  const kept = before === undefined ? 0 : Math.floor(before / 2);
  return Math.min(most, Math.max(firstClaim, 2 * concurrency, turnsAhead * recorded, kept));
}

/** An endpoint that may send at all has something to send, however large. */
const fewestLarge = 2;

/**
 * How many of these fit into a lane's share of the memory for what waits to be sent.
 * @param bytesEach of what was claimed lately
 */
export function withinBytes(ahead: number, bytesEach: number, mostBytes: number): number {
  return Math.min(ahead, Math.max(fewestLarge, Math.floor(mostBytes / Math.max(1, bytesEach))));
}
