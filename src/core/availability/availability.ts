/** Whether one of our own sides that others call (hooks, API, FHIR) serves its callers: by the share of its answers that failed. */

export interface Answers {
  readonly requests: number;
  /** Answered with 5xx: an error of ours, or turned away because too much was in hand. */
  readonly failed: number;
}

export type AvailabilityNews = "degraded" | "recovered";

export interface AvailabilityLimits {
  /** Fewer requests than this within the window say nothing about a share. */
  readonly leastRequests: number;
  /** Degraded from this share of failures on; recovered from half of it down. */
  readonly share: number;
}

/** One in ten, of twenty at the least. */
export const availabilityLimits: AvailabilityLimits = { leastRequests: 20, share: 0.1 };

/**
 * What is new about a side. A share that moves about the limit is told once: it recovers only at half of it, or when nothing
 * failed within the whole window.
 * @param degraded whether it was told to be
 */
export function availabilityNews(
  degraded: boolean,
  { requests, failed }: Answers,
  { leastRequests, share }: AvailabilityLimits = availabilityLimits,
): AvailabilityNews | undefined {
  const enough = requests >= leastRequests;
  if (!degraded) return enough && failed >= requests * share ? "degraded" : undefined;
  if (failed === 0) return "recovered";
  return enough && failed <= (requests * share) / 2 ? "recovered" : undefined;
}

const BUCKETS = 5;

/** Counts answers over the last five minutes, by the minute; the clock is the caller's. */
export class AnswerWindow {
  readonly #buckets = new Map<number, { requests: number; failed: number }>();
  readonly #bucketMs: number;

  /** @param windowMs how long an answer counts */
  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  add(nowMs: number, failed: boolean): void {
    const place = Math.floor(nowMs / this.#bucketMs);
    const bucket = this.#buckets.get(place) ?? { requests: 0, failed: 0 };
    bucket.requests += 1;
    bucket.failed += failed ? 1 : 0;
    this.#buckets.set(place, bucket);
  }

  /** The present bucket and those before it, as many as make the window. */
  sum(nowMs: number): Answers {
    const first = Math.floor(nowMs / this.#bucketMs) - BUCKETS + 1;
    let [requests, failed] = [0, 0];
    for (const [place, bucket] of this.#buckets) {
      if (place < first) this.#buckets.delete(place);
      else [requests, failed] = [requests + bucket.requests, failed + bucket.failed];
    }
    return { requests, failed };
  }
}
