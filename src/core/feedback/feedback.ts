/** What a clinician can say of a draft, and the instrument by which a whole summary is rated. */
import { AdapterError } from "../errors.ts";
import type { Section, SectionId } from "../summary/summary.ts";

export const verdicts = ["helpful", "wrong", "missing"] as const;
/** `missing`: something that the chart holds and that should stand here does not. */
export type Verdict = (typeof verdicts)[number];

/** The nine items of PDQI-9, in the instrument's order; each is scored from 1 (not at all) to 5 (extremely). */
export const pdqi9Items = [
  "up-to-date",
  "accurate",
  "thorough",
  "useful",
  "organized",
  "comprehensible",
  "succinct",
  "synthesized",
  "internally-consistent",
] as const;
export type Pdqi9Item = (typeof pdqi9Items)[number];
export type Pdqi9Scores = Readonly<Record<Pdqi9Item, number>>;

/** Where a piece of feedback belongs; without a sentence the section as a whole, without a section the summary. */
export interface FeedbackPlace {
  readonly section?: SectionId | undefined;
  readonly sentence?: string | undefined;
}

/**
 * The sentence that is spoken of, as it stands; undefined where a whole section or summary is.
 *
 * @throws AdapterError parameter_invalid for a section or sentence that the summary does not have
 */
export function sentenceOf(sections: readonly Section[], { section: id, sentence }: FeedbackPlace): string | undefined {
  if (id === undefined) {
    if (sentence !== undefined) throw new AdapterError("parameter_missing", { at: "section" });
    return undefined;
  }
  const section = sections.find((known) => known.id === id);
  if (section === undefined) throw new AdapterError("parameter_invalid", { at: "section" });
  if (sentence === undefined) return undefined;
  const found = section.sentences.find((known) => known.id === sentence);
  if (found === undefined) throw new AdapterError("parameter_invalid", { at: "sentence" });
  return found.text;
}
