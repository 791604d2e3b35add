/** An observation stay: from when to when, why, and what it showed. */
import type { SectionContext, SectionDraft, SentenceDraft } from "../context.ts";
import { encounterEvidence, say } from "../context.ts";
import { diagnosisName } from "../diagnosis-name.ts";
import type { Topic } from "./told.ts";
import { missing, toldOn } from "./told.ts";

const assessment: Topic = {
  lead: "observation.assessment",
  title: /^(?:observation (?:summary|note|course)|impression|medical decision making|beurteilung)$/iu,
  words:
    /\b(?:observation (?:period|stay)|ruled out for|serial (?:troponins?|exams?))\b|beobachtung[^.]{0,40}(?:ergab|unauffällig)/iu,
};

function period(context: SectionContext): readonly SentenceDraft[] {
  const { words, dates, chart } = context;
  const [start, end] = [dates.dateTime(chart.encounter.period?.start), dates.dateTime(chart.encounter.period?.end)];
  if (start === undefined) return [];
  const text =
    end === undefined ? words.text("observation.since", { start }) : words.text("observation.from", { start, end });
  return [say(text, encounterEvidence(context, "period"))];
}

function reasons(context: SectionContext): readonly SentenceDraft[] {
  const facts = context.of("reason");
  const names = [...new Set(facts.map((fact) => fact.label))];
  return names.length === 0
    ? []
    : [say(context.words.text("observation.reason", { names: context.words.list(names) }), facts)];
}

function outcome(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("diagnosis")
    .filter(
      (fact) =>
        fact.assertion === "present" &&
        fact.diagnosis?.roles.some(({ use }) => use === "DD" || use === "discharge") === true,
    );
  const names = [...new Set(facts.map(diagnosisName))];
  return names.length === 0 ? [] : [say(context.words.text("observation.outcome", { names: names.join("; ") }), facts)];
}

/** Writes `observation`. */
export function observationSection(context: SectionContext): SectionDraft {
  const diagnoses = outcome(context);
  return {
    sentences: [
      ...period(context),
      ...reasons(context),
      ...diagnoses,
      ...toldOn(context, assessment),
      ...missing(context, [["observation.missingOutcome", diagnoses]]),
    ],
    lookedFor: "observation.lookedFor",
  };
}
