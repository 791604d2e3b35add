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
    // All of them: a lane that was woken alone and has nothing left to send would keep the slot from the others.
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const onFree of waiting) onFree();
  }
}
