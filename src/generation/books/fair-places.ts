/** A number of places at one server, shared fairly: a free place goes to the tenant that holds fewest, and waits longest. */

interface Waiting {
  readonly tenant: string;
  readonly grant: () => void;
}

export interface FairPlaces {
  /**
   * Resolves with the function that gives the place back; call it once. Rejects with the signal's reason.
   */
  take(tenant: string, signal: AbortSignal): Promise<() => void>;
  /** Held now, all tenants together. */
  readonly held: number;
  readonly waiting: number;
}

export function createFairPlaces(places: number): FairPlaces {
  const heldBy = new Map<string, number>();
  const queue: Waiting[] = [];
  let held = 0;

  const hold = (tenant: string): (() => void) => {
    held += 1;
    heldBy.set(tenant, (heldBy.get(tenant) ?? 0) + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      held -= 1;
      heldBy.set(tenant, (heldBy.get(tenant) ?? 1) - 1);
      next();
    };
  };

  function next(): void {
    if (held >= places || queue.length === 0) return;
    const fewest = Math.min(...queue.map(({ tenant }) => heldBy.get(tenant) ?? 0));
    const at = queue.findIndex(({ tenant }) => (heldBy.get(tenant) ?? 0) === fewest);
    queue.splice(at, 1)[0]?.grant();
  }

  return {
    async take(tenant, signal) {
      signal.throwIfAborted();
      if (held < places && queue.length === 0) return hold(tenant);
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          queue.splice(queue.indexOf(entry), 1);
          reject(signal.reason as Error);
        };
        const entry: Waiting = {
          tenant,
          grant: () => {
            signal.removeEventListener("abort", leave);
            resolve(hold(tenant));
          },
        };
        queue.push(entry);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    get held() {
      return held;
    },
    get waiting() {
      return queue.length;
    },
  };
}
