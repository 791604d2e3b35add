/** Reads every value out of a sentence. */
import { negations, lateralities } from "./cues.ts";
import { dateRecognisers } from "./dates.ts";
import type { DrugLexicon } from "./drugs.ts";
import { drugNames } from "./drugs.ts";
import { frequencies, relativeTimes } from "./frequencies.ts";
import { digitNumbers, spelledNumbers } from "./numbers.ts";
import { ambiguousDates, gradedTerms, mixedTerms, unparsedDigits } from "./terms.ts";
import type { Value } from "./value.ts";
import { inTurn } from "./value.ts";

/** What the reading of a text depends on. */
export interface ExtractionContext {
  /** Absent: no word counts as a drug. */
  readonly lexicon?: DrugLexicon;
}

/**
 * Each family takes its characters away from the next, so the order is the grammar: a date's digits are no numbers, and
 * what is left over when all have looked is reported as `unparsed` rather than ignored.
 */
const consuming = inTurn([
  ...dateRecognisers,
  ambiguousDates,
  frequencies,
  relativeTimes,
  gradedTerms,
  mixedTerms,
  digitNumbers,
  ...spelledNumbers,
  unparsedDigits,
]);

/**
 * All numbers, dates, times, frequencies, drug names, sides and negations of `text`, in the order of their places.
 * Never throws: what cannot be read is returned as `unparsed`.
 */
export function extractValues(text: string, context: ExtractionContext = {}): readonly Value[] {
  const words = context.lexicon === undefined ? [] : drugNames(context.lexicon)(text);
  const values = [...consuming(text), ...words, ...lateralities(text), ...negations(text)];
  return values.toSorted((a, b) => a.span.start - b.span.start);
}
