/** Choices by seed: the same seed builds the same charts. */
import { seededRandom } from "../model/random.ts";

export interface Dice {
  /** In [0, 1). */
  readonly random: () => number;
  /** Whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number;
  readonly chance: (share: number) => boolean;
  /** One of a list that is not empty. */
  readonly pick: <T>(values: readonly [T, ...T[]] | readonly T[]) => T;
  /** `count` different ones, or all if there are fewer. */
  readonly some: <T>(values: readonly T[], count: number) => readonly T[];
  readonly shuffled: <T>(values: readonly T[]) => readonly T[];
}

/** Dice of a seed. `pick` throws RangeError for an empty list: a catalogue without rows is a fault of the builder. */
export function createDice(seed: number): Dice {
  const random = seededRandom(seed);
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const shuffled = <T>(values: readonly T[]): readonly T[] =>
    values
      .map((value) => ({ value, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ value }) => value);
  return {
    random,
    between,
    shuffled,
    chance: (share) => random() < share,
    pick: (values) => {
      const value = values[between(0, values.length - 1)];
      if (value === undefined) throw new RangeError("nothing to pick from");
      return value;
    },
    some: (values, count) => shuffled(values).slice(0, count),
  };
}
