/** Bounds the requests in flight in this process, whatever the number of lanes: a guard of sockets and memory. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(most: number) {
    this.#free = most;
  }

  /** Takes a slot, or promises to call `onFree` once when there is one again. */
  take(onFree: () => void): boolean {
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    this.#waiting.add(onFree);
    return false;
  }

  give(): void {
    this.#free += 1;
    // First come, first served: waking them all would favour the lane that happens to run first.
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next();
  }
}
