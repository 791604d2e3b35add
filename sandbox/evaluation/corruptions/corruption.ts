/** What makes a sentence false, and the handles by which the kinds take hold of its words. */
export interface CorruptionInput {
  readonly text: string;
  /** All that the cited resources and facts hold, lower case: what is added from it would be true. */
  readonly evidence: string;
  /** Every true wording of the chart: what another sentence says may make a corrupted one true again. */
  readonly truths: ReadonlySet<string>;
  /** Drug names that the chart does not hold. */
  readonly foreignDrugs: readonly string[];
  /** Drug names that the chart holds and this sentence does not. */
  readonly otherDrugs: readonly string[];
  /** True sentences of other patients' charts; none where there is only one chart. */
  readonly strangers?: readonly string[];
  readonly random: () => number;
}

/** The sentence made false; undefined where there is nothing to take hold of. */
export type Corruption = (input: CorruptionInput) => string | undefined;

/** One of them by chance; undefined of none. */
export const pick = <T>(values: readonly T[], random: () => number): T | undefined =>
  values[Math.floor(random() * values.length)];

/** By kind. `critical` kinds must be caught without exception. */
export type CorruptionKinds = Readonly<Record<string, { readonly critical: boolean; readonly make: Corruption }>>;

/** Replaces one match, chosen by chance, unless nothing changes. */
export function replaceOne(
  text: string,
  pattern: RegExp,
  random: () => number,
  change: (match: string) => string,
): string | undefined {
  const match = pick([...text.matchAll(pattern)], random);
  if (match === undefined) return undefined;
  const by = change(match[0]);
  return by === match[0] ? undefined : text.slice(0, match.index) + by + text.slice(match.index + match[0].length);
}

/** Changes one match of the pattern. */
export const onPattern =
  (pattern: RegExp, change: (match: string, random: () => number) => string): Corruption =>
  ({ text, random }) =>
    replaceOne(text, pattern, random, (match) => change(match, random));

/** "80 mg" and "40 mEq" change places; so do two dates. */
export function swapTwo(text: string, pattern: RegExp): string | undefined {
  const found = [...text.matchAll(pattern)];
  const [first, second] = [found[0], found.find(({ 0: match }) => match !== found[0]?.[0])];
  if (first === undefined || second === undefined) return undefined;
  return (
    text.slice(0, first.index) +
    second[0] +
    text.slice(first.index + first[0].length, second.index) +
    first[0] +
    text.slice(second.index + second[0].length)
  );
}

/** Adds a clause that the evidence does not hold. */
export const append =
  (...tails: readonly string[]): Corruption =>
  ({ text, evidence, random }) => {
    // One telling word that the evidence holds may make the addition true.
    const isForeign = (tail: string): boolean =>
      (tail.match(/\p{L}{4,}/gu) ?? []).every((word) => !evidence.includes(word.toLowerCase()));
    const untrue = tails.filter(isForeign);
    const tail = pick(untrue, random);
    return tail === undefined ? undefined : text.replace(/\.$/u, `${tail}.`);
  };

/** Puts one word in the place of another. */
export const exchange = (pairs: Readonly<Record<string, string>>): Corruption => {
  const pattern = new RegExp(`\\b(?:${Object.keys(pairs).join("|")})\\b`, "giu");
  return onPattern(pattern, (match) => {
    const by = pairs[match.toLowerCase()] ?? match;
    return /^\p{Lu}/u.test(match) && !/^\p{Lu}+$/u.test(by) ? by.charAt(0).toUpperCase() + by.slice(1) : by;
  });
};
