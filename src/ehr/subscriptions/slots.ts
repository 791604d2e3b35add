/** A few slots for what is due at EHRs. An EHR that hangs keeps its own slots, and nobody waits for them. */
import type { SystemQuery } from "../../db/system.ts";
import { runSystem } from "../../db/system.ts";
import type { Loop } from "../../events/loop.ts";
import { startLoop } from "../../events/loop.ts";
import type { EhrWatchDeps } from "./deps.ts";

const POLL_MS = 1_000;

/** Of so many slots, those that one tenant's EHR may hold: with two thirds of them hanging there is still room. */
const ofOneTenant = (slots: number): number => Math.max(1, Math.floor(slots / 3));

/**
 * Takes up what is due as slots become free.
 * @param work claims what it does under a lease: a row may be handed to it twice
 */
export function startSlots<Row extends { readonly tenant: string }>(
  { pool, onError }: Pick<EhrWatchDeps, "pool" | "onError">,
  due: SystemQuery<Row, readonly [most: number]>,
  slots: number,
  work: (row: Row, signal: AbortSignal) => Promise<void>,
): Loop {
  const inHand = new Map<string, number>();
  const running = new Set<Promise<void>>();
  const count = (tenant: string, by: number): void => {
    const now = (inHand.get(tenant) ?? 0) + by;
    if (now === 0) inHand.delete(tenant);
    else inHand.set(tenant, now);
  };
  const start = (row: Row, signal: AbortSignal): void => {
    count(row.tenant, 1);
    const one = work(row, signal)
      .catch(onError)
      .finally(() => {
        count(row.tenant, -1);
        running.delete(one);
        loop.wake();
      });
    running.add(one);
  };
  const loop = startLoop({
    turn: async (signal) => {
      if (running.size >= slots) return false;
      // More than there are slots: of a tenant that has its share the rest is passed over.
      for (const row of await runSystem(pool, due, 2 * slots))
        if (running.size < slots && (inHand.get(row.tenant) ?? 0) < ofOneTenant(slots)) start(row, signal);
      return false;
    },
    pollMs: POLL_MS,
    onError,
  });
  return {
    wake: () => loop.wake(),
    async stop() {
      await loop.stop();
      await Promise.all(running);
    },
  };
}
