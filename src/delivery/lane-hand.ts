/** What a lane has in hand: deliveries that wait to be sent, and the numbers of those in flight or not recorded yet. */
import type { ClaimedDelivery } from "./destinations/destination.ts";

/** An envelope and its headers, beside the event's own data. */
const frameBytes = 1024;

export class Hand {
  readonly #waiting: ClaimedDelivery[] = [];
  readonly #numbers = new Set<number>();
  #highest = 0;
  #bytesEach = frameBytes;

  /** Deliveries that wait to be sent. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Of the large ones lately: about what one takes in memory. */
  get bytesEach(): number {
    return this.#bytesEach;
  }

  /** Numbers of everything in hand. */
  numbers(): readonly number[] {
    return [...this.#numbers];
  }

  /** Adds what was claimed, but for what came in by `addNew` while the claim was under way. */
  add(claimed: readonly ClaimedDelivery[]): void {
    for (const delivery of claimed) if (!this.#numbers.has(delivery.sequence)) this.#push(delivery);
    this.#measure(claimed);
  }

  /**
   * Adds what was not claimed but handed over. A number below the highest ever in hand may have been sent and forgotten
   * already: only the table knows.
   * @returns whether all of it was new
   */
  addNew(offered: readonly ClaimedDelivery[]): boolean {
    const fresh = offered.filter(({ sequence }) => sequence > this.#highest);
    for (const delivery of fresh) this.#push(delivery);
    this.#measure(offered);
    return fresh.length === offered.length;
  }

  /** The next to be sent. It stays in hand until it is forgotten. */
  next(): ClaimedDelivery | undefined {
    return this.#waiting.shift();
  }

  /** Lets go of one that was recorded, or that is left to the next claim. */
  forget(sequence: number): void {
    this.#numbers.delete(sequence);
  }

  #push(delivery: ClaimedDelivery): void {
    this.#waiting.push(delivery);
    this.#numbers.add(delivery.sequence);
    this.#highest = Math.max(this.#highest, delivery.sequence);
  }

  /** Large ones count at once, and are forgotten slowly. */
  #measure(deliveries: readonly ClaimedDelivery[]): void {
    if (deliveries.length === 0) return;
    const bytes = deliveries.reduce((sum, { dataJson }) => sum + frameBytes + dataJson.length, 0);
    this.#bytesEach = Math.max(bytes / deliveries.length, this.#bytesEach / 2);
  }
}
