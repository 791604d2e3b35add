/** What one check of one stay came to: how many of how many held, and which did not. */

import type { Tally } from "./coverage.ts";

/** One thing that is wrong, with what a reader needs to judge it. */
export interface Problem {
  /** What is wrong, in words. */
  readonly what: string;
  /** The sentence as shown; absent where it is missing. */
  readonly sentence?: string;
  /** `Type/id` of what the sentence cites, or should have cited. */
  readonly references: readonly string[];
}

export interface Check {
  /** Name of the metric that it counts for. */
  readonly metric: string;
  readonly of: number;
  readonly problems: readonly Problem[];
}

/** A check over items: `problemOf` says what is wrong with one, undefined when nothing is. */
export function check<T>(metric: string, items: readonly T[], problemOf: (item: T) => Problem | undefined): Check {
  return { metric, of: items.length, problems: items.flatMap((item) => problemOf(item) ?? []) };
}

/** A tally of references or names as a check. */
export function fromTally(metric: string, { of, missed }: Tally): Check {
  const problems = missed.map((item) => ({
    what: `missing: ${item}`,
    references: /^[A-Z][A-Za-z]+\//u.test(item) ? [item] : [],
  }));
  return { metric, of, problems };
}
