/** Runs a step whenever woken, and at an interval in case a hint was lost; never two at once. */
export class Ticker {
  readonly #step: () => Promise<boolean>;
  readonly #everyMs: number;
  readonly #onError: (thrown: unknown) => void;
  #woken = false;
  #stopped = false;
  #signal = Promise.withResolvers<void>();
  readonly #loop: Promise<void>;

  /** @param step returns true when there is more to do at once */
  constructor(step: () => Promise<boolean>, everyMs: number, onError: (thrown: unknown) => void) {
    this.#step = step;
    this.#everyMs = everyMs;
    this.#onError = onError;
    this.#loop = this.#run();
  }

  wake(): void {
    this.#woken = true;
    this.#signal.resolve();
  }

  /** Resolves when the step under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#signal.resolve();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#woken = false;
      const more = await this.#step().catch((thrown: unknown) => {
        this.#onError(thrown);
        return false;
      });
      if (!more) await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    if (this.#woken || this.#stopped) return;
    this.#signal = Promise.withResolvers<void>();
    const timer = setTimeout(() => this.#signal.resolve(), this.#everyMs);
    await this.#signal.promise;
    clearTimeout(timer);
  }
}
