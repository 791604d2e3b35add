/** Long polls: bounded in number, woken out of band, never holding a database connection while they wait. */
import type { WakeTopic, WakeUp } from "../events/event-log.ts";
import { AdapterError } from "../core/errors.ts";

export interface WaiterLimits {
  readonly maxWaiters: number;
  readonly maxPerUser: number;
  /** A hint may be lost, so a waiter also looks again after this long. */
  readonly backstopMs: number;
}

export const defaultWaiterLimits: WaiterLimits = { maxWaiters: 5_000, maxPerUser: 50, backstopMs: 5_000 };

export interface LongPoll<T> {
  readonly topic: Extract<WakeTopic, "job" | "sequenced">;
  /** As WakeUp names it. */
  readonly key: string;
  /** Whom the waiter counts for. */
  readonly user: string;
  readonly waitMs: number;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
  readonly read: () => Promise<T>;
  /** True when `value` is worth answering with. */
  readonly isNews: (value: T) => boolean;
}

export interface Waiters {
  /** Reads until there is news, the time is over, the client left or the replica drains; returns what was read last. */
  poll<T>(request: LongPoll<T>): Promise<T>;
  /** Lets everyone who waits answer now, and lets nobody wait any more. */
  drain(): void;
  readonly size: number;
  close(): void;
}

/** One waiter. Woken while it reads counts as woken: the latch makes the gap between read and wait safe. */
class Waiter {
  #woken = false;
  #resolve: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#resolve?.();
  }

  /** Resolves when woken, aborted or after `timeoutMs`. */
  async next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", finish);
          resolve();
        };
        const timer = setTimeout(finish, timeoutMs);
        signal.addEventListener("abort", finish, { once: true });
        this.#resolve = finish;
      });
    }
    this.#woken = false;
  }
}

/** Waiters by the hint they wait for, with the caps. */
class WaitingRoom {
  readonly #byHint = new Map<string, Set<Waiter>>();
  readonly #perUser = new Map<string, number>();
  readonly #limits: WaiterLimits;
  size = 0;

  constructor(limits: WaiterLimits) {
    this.#limits = limits;
  }

  enter(hint: string, user: string, waiter: Waiter): void {
    const mine = this.#perUser.get(user) ?? 0;
    if (this.size >= this.#limits.maxWaiters || mine >= this.#limits.maxPerUser) {
      throw new AdapterError("throttled", {
        at: "wait",
        message: "Too many requests wait at once; ask again without wait.",
      });
    }
    this.size += 1;
    this.#perUser.set(user, mine + 1);
    this.#byHint.set(hint, (this.#byHint.get(hint) ?? new Set()).add(waiter));
  }

  leave(hint: string, user: string, waiter: Waiter): void {
    const group = this.#byHint.get(hint);
    if (group?.delete(waiter) !== true) return;
    if (group.size === 0) this.#byHint.delete(hint);
    const left = (this.#perUser.get(user) ?? 1) - 1;
    if (left > 0) this.#perUser.set(user, left);
    else this.#perUser.delete(user);
    this.size -= 1;
  }

  wake(hint: string): void {
    for (const waiter of this.#byHint.get(hint) ?? []) waiter.wake();
  }

  wakeAll(): void {
    for (const hint of this.#byHint.keys()) this.wake(hint);
  }
}

/** `now` is monotonic milliseconds. */
export function createWaiters(
  wakeUp: Pick<WakeUp, "subscribe">,
  now: () => number,
  overrides: Partial<WaiterLimits> = {},
): Waiters {
  const limits = { ...defaultWaiterLimits, ...overrides };
  const room = new WaitingRoom(limits);
  let draining = false;
  const hintOf = (topic: WakeTopic, key: string): string => `${topic} ${key}`;
  const unsubscribe = (["job", "sequenced"] as const).map((topic) =>
    wakeUp.subscribe(topic, (keys) => {
      for (const key of keys) room.wake(hintOf(topic, key));
    }),
  );

  async function waitFor<T>(request: LongPoll<T>, waiter: Waiter): Promise<T> {
    const deadline = now() + request.waitMs;
    for (;;) {
      const value = await request.read();
      const leftMs = deadline - now();
      if (request.isNews(value) || leftMs <= 0 || draining || request.signal.aborted) return value;
      await waiter.next(Math.min(leftMs, limits.backstopMs), request.signal);
    }
  }

  return {
    async poll(request) {
      if (request.waitMs <= 0 || draining) return request.read();
      const waiter = new Waiter();
      const hint = hintOf(request.topic, request.key);
      room.enter(hint, request.user, waiter);
      try {
        return await waitFor(request, waiter);
      } finally {
        room.leave(hint, request.user, waiter);
      }
    },
    drain() {
      draining = true;
      room.wakeAll();
    },
    get size() {
      return room.size;
    },
    close() {
      for (const stop of unsubscribe) stop();
      draining = true;
      room.wakeAll();
    },
  };
}
