/** Taking each event once: delivery is at least once, so the receiver has to remember what it took. */
import type { WebhookEvent } from "./event.ts";

/** Longer than the sender's whole span of retries, with room for a replay by hand. */
export const defaultRetentionSeconds = 7 * 24 * 3600;

/** Where claims are kept. With more than one process it must be one that they share. */
export interface IdempotencyStore {
  /**
   * Takes a key until `untilMs`, in one atomic step: of several calls at once exactly one gets `new`.
   * A store that writes `event` in the same step is an inbox: what it has answered `new` for survives a crash.
   */
  claim(key: string, untilMs: number, event: WebhookEvent): Promise<"new" | "seen"> | "new" | "seen";
  /** Gives a key back after its event could not be processed: the next delivery of it counts as new. */
  release(key: string): Promise<void> | void;
}

export interface MemoryStoreOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Beyond it the oldest claims are forgotten before their time. Default 100,000, some 20 MB. */
  readonly maxKeys?: number;
}

/** A store for one process and for tests: it forgets with the process. */
export function memoryStore({ now = Date.now, maxKeys = 100_000 }: MemoryStoreOptions = {}): IdempotencyStore {
  // In order of claiming, which with one retention is the order of ending.
  const untilMsByKey = new Map<string, number>();
  const forgetTheOldest = (): void => {
    for (const [key, untilMs] of untilMsByKey) {
      if (untilMs > now() && untilMsByKey.size < maxKeys) return;
      untilMsByKey.delete(key);
    }
  };
  return {
    claim(key, untilMs) {
      if ((untilMsByKey.get(key) ?? 0) > now()) return "seen";
      untilMsByKey.delete(key);
      forgetTheOldest();
      untilMsByKey.set(key, untilMs);
      return "new";
    },
    release: (key) => void untilMsByKey.delete(key),
  };
}

/** What makes two events the same one. */
export type IdempotencyKey = (event: WebhookEvent) => string;

/** The default: the event's id, the same on every attempt and every replay. */
export const byEventId: IdempotencyKey = (event) => event.id;

/**
 * An act on a version of a summary (`summary.signed` of version 3) counts once, whichever event tells of it; all other events
 * go by their id. For systems that file documents and must not file one twice, whatever happens on the sender's side.
 */
export const byJobAndVersion: IdempotencyKey = (event) => {
  const { tenant, job, summary } = event.data;
  const version = summary?.version;
  if (!event.type.startsWith("summary.") || typeof job !== "string" || typeof version !== "number") return event.id;
  return JSON.stringify([tenant ?? "", job, event.type, version]);
};
