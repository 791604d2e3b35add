/** So many at a time; the others wait in line, and not in the line for a database connection, where waiting has an end. */

export class Turnstile {
  readonly #most: number;
  readonly #line: (() => void)[] = [];
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Does the work when it is its turn. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#most) await new Promise<void>((resolve) => this.#line.push(resolve));
    else this.#inside += 1;
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      // Whoever is next takes over the place.
      if (next === undefined) this.#inside -= 1;
      else next();
    }
  }
}
