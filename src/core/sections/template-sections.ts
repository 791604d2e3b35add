/** The sections of a discharge summary, written from facts alone. */
import type { Chart } from "../chart/chart.ts";
import type { Fact } from "../chart/facts.ts";
import { leftOut } from "../facts/addressed-text.ts";
import { sectionHeading, sectionsOfKind } from "../summary/sections.ts";
import type { Section, SectionId, Sentence } from "../summary/summary.ts";
import { allergiesSection } from "./allergies.ts";
import { againstAdviceSection } from "./kinds/against-advice.ts";
import { deathSection } from "./kinds/death.ts";
import { deliverySection } from "./kinds/delivery.ts";
import { handoverSection } from "./kinds/handover.ts";
import { newbornSection } from "./kinds/newborn.ts";
import { observationSection } from "./kinds/observation.ts";
import { conditionSection } from "./condition.ts";
import type { SectionContext, SectionOptions, SectionWriter, SentenceDraft } from "./context.ts";
import { createSectionContext } from "./context.ts";
import { courseBeside, courseSection } from "./course.ts";
import { diagnosesSection } from "./diagnoses.ts";
import { followUpSection } from "./follow-up.ts";
import { instructionsSection } from "./instructions.ts";
import { medicationsSection } from "./medications.ts";
import { patientInformationSection } from "./patient-information.ts";
import { pendingSection } from "./pending.ts";
import { proceduresSection } from "./procedures.ts";
import { reasonSection } from "./reason.ts";
import { resultsSection } from "./results.ts";
import { unreadSentence } from "./unread.ts";

const writers: Readonly<Record<SectionId, SectionWriter>> = {
  reason: reasonSection,
  course: courseSection,
  diagnoses: diagnosesSection,
  procedures: proceduresSection,
  results: resultsSection,
  allergies: allergiesSection,
  medications: medicationsSection,
  condition: conditionSection,
  instructions: instructionsSection,
  "follow-up": followUpSection,
  pending: pendingSection,
  "patient-information": patientInformationSection,
  death: deathSection,
  "against-advice": againstAdviceSection,
  handover: handoverSection,
  observation: observationSection,
  newborn: newbornSection,
  delivery: deliverySection,
};

/**
 * Writes one section. Sentences carry `verified: false`: whoever shows them verifies them first
 * (core/verification/verify-sentence.ts). A section without a sentence is `not-documented` and says what was looked for.
 */
export function writeSection(id: SectionId, context: SectionContext): Section {
  const { sentences, lookedFor } = writers[id](context);
  const { code, ...heading } = sectionHeading(id, context.jurisdiction, context.words.language, context.kind);
  const title = context.titles[id] ?? heading.title;
  const unread = unreadSentence(
    id,
    context.chart.gaps,
    context.words,
    sentences.length === 0 ? "nothing" : "something",
  );
  if (sentences.length === 0) {
    const looked = context.words.text("lookedFor.sentence", { lookedFor: context.words.text(lookedFor) });
    const said = unread === undefined ? looked : `${looked} ${unread}`;
    return { id, code, title, status: "not-documented", lookedFor: said, sentences: [] };
  }
  return {
    id,
    code,
    title,
    status: "documented",
    // A list that could only be read in part looks as whole as any other.
    ...(unread === undefined ? {} : { notRead: unread }),
    sentences: numbered(id, sentences, context),
  };
}

function numbered(id: SectionId, sentences: readonly SentenceDraft[], { words }: SectionContext): readonly Sentence[] {
  return sentences.map(({ text, evidence }, index) => ({
    id: `${id}.${index + 1}`,
    text: text.replaceAll(leftOut, words.raw("text.leftOut")),
    origin: "template",
    verified: false,
    evidence,
  }));
}

/** What the course says beside somebody's story of the stay: the facts that this does not tell. Not verified yet, as above. */
export function sentencesBeside(told: (fact: Fact) => boolean, context: SectionContext): readonly Sentence[] {
  return numbered("course", courseBeside(context, told), context);
}

/** Every section of the stay's kind in reading order. Pure and deterministic to the byte: same chart, same facts, same options, same text. */
export function templateSections(chart: Chart, facts: readonly Fact[], options: SectionOptions): readonly Section[] {
  const context = createSectionContext(chart, facts, options);
  return sectionsOfKind(context.kind).map((id) => writeSection(id, context));
}
