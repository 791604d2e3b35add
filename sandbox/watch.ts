/** Lets a test or the demo wait for a witness to have seen something, instead of sleeping. */

export interface Watch {
  /** Tells every waiter to look again. */
  readonly changed: () => void;
  /**
   * Resolves with the first defined value of `look`, now or after a change.
   * Rejects with `what` in the text once `timeoutMs` has passed.
   */
  readonly until: <T>(what: string, look: () => T | undefined, timeoutMs?: number) => Promise<T>;
}

/** A watch with no waiters. */
export function createWatch(): Watch {
  const waiters = new Set<() => void>();
  return {
    changed: () => {
      for (const wake of waiters) wake();
    },
    until: (what, look, timeoutMs = 10_000) => waitFor(waiters, what, look, timeoutMs),
  };
}

function waitFor<T>(waiters: Set<() => void>, what: string, look: () => T | undefined, timeoutMs: number): Promise<T> {
  const first = look();
  if (first !== undefined) return Promise.resolve(first);
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      waiters.delete(wake);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`not seen within ${timeoutMs} ms: ${what}`));
    }, timeoutMs);
    const wake = (): void => {
      const value = look();
      if (value === undefined) return;
      stop();
      resolve(value);
    };
    waiters.add(wake);
  });
}
