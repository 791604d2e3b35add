/** The hospital course while it is being written: what passed the gate stands, what did not is replaced. */
import type { Chart } from "../../core/chart/chart.ts";
import type { Fact } from "../../core/chart/facts.ts";
import type { Evidence, Section, Sentence } from "../../core/summary/summary.ts";
import type { GateContext, ModelSentence } from "../../core/verification/gate/check.ts";
import { isForReview } from "../../core/sections/for-review.ts";
import { gateSentence, prepareGate } from "../../core/verification/gate/gate-sentence.ts";
import { verifySentence } from "../../core/verification/verify-sentence.ts";

export interface CourseContext {
  readonly chart: Chart;
  /** The facts that the model was shown. */
  readonly facts: readonly Fact[];
  /** All facts of the chart: a sentence may cite only what was shown, and must not contradict the rest. */
  readonly chartFacts: readonly Fact[];
  /** The template's own course: what stands in for a dropped sentence, and its heading. */
  readonly template: Section;
  readonly timeZone: string;
}

export interface Course {
  /** Takes a whole sentence of the model. True when it stands, false when it was dropped (and perhaps replaced). */
  readonly add: (sentence: ModelSentence) => boolean;
  /** Text of all that stands. */
  readonly text: () => string;
  readonly dropped: () => number;
  /** The section, or undefined where no sentence of the model survived. */
  readonly section: () => Section | undefined;
}

function references(evidence: readonly Evidence[]): ReadonlySet<string> {
  return new Set(evidence.map(({ reference }) => reference));
}

/** Evidence for a sentence that may stand; undefined where gate or verification refuses it. */
function evidenceFor(sentence: ModelSentence, gate: GateContext): readonly Evidence[] | undefined {
  const verdict = gateSentence(sentence, gate);
  if (!verdict.passed) return undefined;
  const { text } = sentence;
  // The gate also counts what a fact says of itself; a verified sentence must stand on the resources alone.
  return verifySentence({ text, evidence: verdict.evidence }, gate.chart, { timeZone: gate.timeZone }).verified
    ? verdict.evidence
    : undefined;
}

/** An empty course over the facts that the model was shown. */
export function startCourse({ chart, facts, chartFacts, template, timeZone }: CourseContext): Course {
  const gate: GateContext = { chart, facts: new Map(facts.map((fact) => [fact.id, fact])), chartFacts, timeZone };
  prepareGate(gate);
  const standing: Omit<Sentence, "id">[] = [];
  let dropped = 0;

  /** The template's sentences on the same resources, each at most once. */
  const standIns = ({ factIds }: ModelSentence): readonly Sentence[] => {
    const cited = references(factIds.flatMap((id) => gate.facts.get(id)?.evidence ?? []));
    return template.sentences.filter(
      ({ text, evidence }) =>
        evidence.some(({ reference }) => cited.has(reference)) && !standing.some((other) => other.text === text),
    );
  };

  return {
    add: (sentence) => {
      const evidence = evidenceFor(sentence, gate);
      if (evidence !== undefined) {
        standing.push({ text: sentence.text.trim(), origin: "model", verified: true, evidence });
        return true;
      }
      dropped += 1;
      standing.push(...standIns(sentence).map(({ id: _id, ...standIn }) => standIn));
      return false;
    },
    text: () => standing.map(({ text }) => text).join(" "),
    dropped: () => dropped,
    section: () => {
      if (!standing.some(({ origin }) => origin === "model")) return undefined;
      // A model is never asked to pass on who tried to instruct it.
      const warnings = template.sentences.filter(
        ({ text }) => isForReview(text) && !standing.some((other) => other.text === text),
      );
      const sentences = [...standing, ...warnings].map((sentence, index) => ({
        ...sentence,
        id: `course.${index + 1}`,
      }));
      const { id, code, title, notRead } = template;
      return { id, code, title, status: "documented", ...(notRead === undefined ? {} : { notRead }), sentences };
    },
  };
}
