/** Labels on what a summary says: each sentence carries those of its sources, and a text for outside leaves out what must stay. */
import type { Wording } from "../language/wording.ts";
import type { Section, Sentence, Summary } from "../summary/summary.ts";
import { handlingOf } from "./policy.ts";
import type { Channel, SensitivityPolicy } from "./policy.ts";

/** The section with the labels of its sources on every sentence, and with how many entries the policy withheld from it. */
export function labelledSection(
  section: Section,
  labels: ReadonlyMap<string, readonly string[]>,
  withheld: number,
  words: Wording,
): Section {
  const sentences = section.sentences.map((sentence): Sentence => {
    const codes = [...new Set(sentence.evidence.flatMap(({ reference }) => labels.get(reference) ?? []))];
    return codes.length === 0 ? sentence : { ...sentence, security: codes };
  });
  return {
    ...section,
    ...(withheld === 0 ? {} : { withheld: words.text("section.withheld", { count: String(withheld) }) }),
    sentences,
  };
}

/** Label codes of all that the sections say, each once. */
export function labelsOfSections(sections: readonly Section[]): readonly string[] {
  return [...new Set(sections.flatMap(({ sentences }) => sentences.flatMap(({ security = [] }) => security)))];
}

/**
 * The summary as it may go outside: sentences that rest on records which must not are left out, and their number is said.
 * Undefined where the whole stay is protected so. Nothing left out gives the same object.
 */
export function summaryFor<T extends Pick<Summary, "sections">>(
  summary: T & { readonly security?: readonly string[] },
  policy: SensitivityPolicy,
  channel: Channel,
  words: Wording,
): T | undefined {
  if (handlingOf(policy, channel, summary.security ?? []) === "exclude") return undefined;
  const isOut = ({ security = [] }: Sentence): boolean => handlingOf(policy, channel, security) === "exclude";
  if (!summary.sections.some(({ sentences }) => sentences.some(isOut))) return summary;
  const sections = summary.sections.map((section): Section => {
    const left = section.sentences.filter((sentence) => !isOut(sentence));
    const count = section.sentences.length - left.length;
    if (count === 0) return section;
    const said = words.text("section.withheld", { count: String(count) });
    const withheld = section.withheld === undefined ? said : `${section.withheld} ${said}`;
    return { ...section, sentences: left, withheld };
  });
  return { ...summary, sections };
}
