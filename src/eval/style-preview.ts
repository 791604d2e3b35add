/** A house style on past charts: what each stay's draft says without it and with it, side by side. Rules alone write both. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { buildChart } from "../core/chart/build-chart.ts";
import { extractFacts } from "../core/facts/extract.ts";
import type { HouseStyle } from "../core/house-style/house-style.ts";
import { appliedStyle } from "../core/house-style/house-style.ts";
import type { Jurisdiction } from "../core/jurisdiction/jurisdiction.ts";
import type { Language } from "../core/language/language.ts";
import { wordingWith } from "../core/language/wording.ts";
import type { SectionOptions } from "../core/sections/context.ts";
import { templateSections } from "../core/sections/template-sections.ts";
import { inReadingOrder } from "../core/summary/sections.ts";
import type { Section } from "../core/summary/summary.ts";
import type { DiffPart } from "../core/summary/text-diff.ts";
import { textDiff } from "../core/summary/text-diff.ts";
import { verifySentence } from "../core/verification/verify-sentence.ts";
import { inpatientEncounters, withoutDischargeSummaries } from "./chart-files.ts";

export interface StyledSection {
  readonly title: { readonly before: string; readonly after: string };
  readonly before: string;
  readonly after: string;
  readonly diff: readonly DiffPart[];
}

export interface StyledStay {
  readonly chart: string;
  readonly encounter: string;
  /** In the style's order. */
  readonly sections: readonly StyledSection[];
  /** Sentences that stand on their records without the style and not with it: the wording says what the record does not. */
  readonly unverified: readonly string[];
}

export interface StylePreviewOptions {
  readonly timeZone: string;
  readonly jurisdiction: Jurisdiction;
  readonly language: Language;
}

/** What the page shows of a section: its sentences, or what was looked for. */
function textOf({ sentences, lookedFor }: Section): string {
  return sentences.length === 0 ? (lookedFor ?? "") : sentences.map(({ text }) => text).join("\n");
}

/** Every inpatient stay of one chart. Throws AdapterError where the chart cannot be built. */
export function previewStyle(
  chart: string,
  bundle: Bundle<FhirResource>,
  style: HouseStyle,
  options: StylePreviewOptions,
): readonly StyledStay[] {
  const { bundle: own } = withoutDischargeSummaries(bundle);
  return inpatientEncounters(own).map(({ id = "" }) => {
    const built = buildChart({ resources: own, encounterId: id });
    const facts = extractFacts(built, options);
    const written = (more: Partial<SectionOptions>): readonly Section[] =>
      templateSections(built, facts, { ...options, ...more });
    const before = written({});
    const after = written({ style: appliedStyle(style), words: wordingWith(options.language, style.texts) });
    const stands = (text: string, evidence: Section["sentences"][number]): boolean =>
      verifySentence({ ...evidence, text }, built, options).verified;
    const lost = after.flatMap((section) =>
      section.sentences.filter((sentence, index) => {
        const plain = before.find((known) => known.id === section.id)?.sentences[index];
        return plain !== undefined && stands(plain.text, plain) && !stands(sentence.text, sentence);
      }),
    );
    return {
      chart,
      encounter: `Encounter/${id}`,
      sections: inReadingOrder(after, style.order).map((section) => beside(before, section)),
      unverified: lost.map(({ text }) => text),
    };
  });
}

function beside(before: readonly Section[], section: Section): StyledSection {
  const plain = before.find(({ id }) => id === section.id);
  const [from, to] = [plain === undefined ? "" : textOf(plain), textOf(section)];
  return {
    title: { before: plain?.title ?? "", after: section.title },
    before: from,
    after: to,
    diff: textDiff(from, to),
  };
}
