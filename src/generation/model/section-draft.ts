/** A section while a model writes on it: what passed the gate stands, what did not is replaced or left out. */
import type { Chart } from "../../core/chart/chart.ts";
import type { Fact } from "../../core/chart/facts.ts";
import type { Evidence, Section, Sentence } from "../../core/summary/summary.ts";
import type { GateContext, GateFailureKind, ModelSentence } from "../../core/verification/gate/check.ts";
import { isForReview } from "../../core/sections/for-review.ts";
import { gateSentence, prepareGate } from "../../core/verification/gate/gate-sentence.ts";
import { verifySentence } from "../../core/verification/verify-sentence.ts";
import type { ModelPart } from "./parts.ts";

export interface SectionDraftContext {
  readonly chart: Chart;
  /** The facts that the model was shown. */
  readonly facts: readonly Fact[];
  /** All facts of the chart: a sentence may cite only what was shown, and must not contradict the rest. */
  readonly chartFacts: readonly Fact[];
  /** The template's own section: what stands in for a dropped sentence, and its heading. */
  readonly template: Section;
  readonly placement: ModelPart["placement"];
  readonly timeZone: string;
}

/**
 * Why sentences fell: `unverified` where the gate let one pass and the resources alone do not bear it out, `repeated` where
 * the same stands already (small models say things twice).
 */
export type DropReason = GateFailureKind | "unverified" | "repeated";

export interface SectionDraft {
  /** Takes a whole sentence of the model. True when it stands, false when it was dropped (and perhaps replaced). */
  readonly add: (sentence: ModelSentence) => boolean;
  /** Text of all that stands, one sentence a line, as readers of the stream rebuild a section. */
  readonly text: () => string;
  /** How many sentences of the model fell, by reason; a sentence counts once for each of its reasons. */
  readonly drops: () => Readonly<Partial<Record<DropReason, number>>>;
  readonly dropped: () => number;
  readonly stood: () => number;
  /** The section, or undefined where no sentence of the model survived. */
  readonly section: () => Section | undefined;
}

type Unnumbered = Omit<Sentence, "id">;

function references(evidence: readonly Evidence[]): ReadonlySet<string> {
  return new Set(evidence.map(({ reference }) => reference));
}

/** Evidence for a sentence that may stand, or why it may not. */
function judge(
  sentence: ModelSentence,
  gate: GateContext,
): { readonly evidence: readonly Evidence[] } | { readonly reasons: readonly DropReason[] } {
  const verdict = gateSentence(sentence, gate);
  if (!verdict.passed) return { reasons: verdict.failures.map(({ kind }) => kind) };
  const { text } = sentence;
  // The gate also counts what a fact says of itself; a verified sentence must stand on the resources alone.
  const { verified } = verifySentence({ text, evidence: verdict.evidence }, gate.chart, { timeZone: gate.timeZone });
  return verified ? { evidence: verdict.evidence } : { reasons: ["unverified"] };
}

/** The model's sentences among the template's own, as the part wants them. */
function arrange(standing: readonly Unnumbered[], { template, placement }: SectionDraftContext): readonly Unnumbered[] {
  if (placement === "lead") return [...standing, ...template.sentences];
  if (placement === "append") return [...template.sentences, ...standing];
  // A model is never asked to pass on who tried to instruct it.
  const warnings = template.sentences.filter(
    ({ text }) => isForReview(text) && !standing.some((other) => other.text === text),
  );
  return [...standing, ...warnings];
}

function numbered(sentences: readonly Unnumbered[], { template }: SectionDraftContext): Section {
  const { id, code, title, notRead } = template;
  return {
    id,
    code,
    title,
    status: "documented",
    ...(notRead === undefined ? {} : { notRead }),
    sentences: sentences.map((sentence, index) => ({ ...sentence, id: `${id}.${index + 1}` })),
  };
}

/** An empty draft over the facts that the model was shown. */
export function startSectionDraft(context: SectionDraftContext): SectionDraft {
  const { chart, facts, chartFacts, template, timeZone, placement } = context;
  const gate: GateContext = { chart, facts: new Map(facts.map((fact) => [fact.id, fact])), chartFacts, timeZone };
  prepareGate(gate);
  const standing: Unnumbered[] = [];
  const drops = new Map<DropReason, number>();
  let dropped = 0;

  /** The template's sentences on the same resources, each at most once. */
  const standIns = ({ factIds }: ModelSentence): readonly Sentence[] => {
    if (placement !== "replace") return [];
    const cited = references(factIds.flatMap((id) => gate.facts.get(id)?.evidence ?? []));
    return template.sentences.filter(
      ({ text, evidence }) =>
        evidence.some(({ reference }) => cited.has(reference)) && !standing.some((other) => other.text === text),
    );
  };

  return {
    add: (sentence) => {
      const text = sentence.text.trim();
      const again = standing.some((other) => other.text === text);
      const judged = again ? ({ reasons: ["repeated"] } as const) : judge(sentence, gate);
      if ("evidence" in judged) {
        standing.push({ text, origin: "model", verified: true, evidence: judged.evidence });
        return true;
      }
      dropped += 1;
      for (const reason of new Set<DropReason>(judged.reasons)) drops.set(reason, (drops.get(reason) ?? 0) + 1);
      if (!again) standing.push(...standIns(sentence).map(({ id: _id, ...standIn }) => standIn));
      return false;
    },
    text: () => standing.map(({ text }) => text).join("\n"),
    drops: () => Object.fromEntries(drops),
    dropped: () => dropped,
    stood: () => standing.filter(({ origin }) => origin === "model").length,
    section: () =>
      standing.some(({ origin }) => origin === "model") ? numbered(arrange(standing, context), context) : undefined,
  };
}
