/** A section while a model writes on it: what passed the gate stands, what did not leaves its place open. */
import type { Chart } from "../../core/chart/chart.ts";
import type { Fact } from "../../core/chart/facts.ts";
import type { Evidence, Section, Sentence } from "../../core/summary/summary.ts";
import type { GateContext, GateFailureKind, ModelSentence } from "../../core/verification/gate/check.ts";
import { gateSentence, prepareGate } from "../../core/verification/gate/gate-sentence.ts";
import type { TellingSentence } from "../../core/verification/told-facts.ts";
import { verifySentence } from "../../core/verification/verify-sentence.ts";
import type { ModelPart } from "./parts.ts";

export interface SectionDraftContext {
  readonly chart: Chart;
  /** The facts that the model was shown. */
  readonly facts: readonly Fact[];
  /** All facts of the chart: a sentence may cite only what was shown, and must not contradict the rest. */
  readonly chartFacts: readonly Fact[];
  /** The template's own section: its heading, and its sentences where the part leaves them standing. */
  readonly template: Section;
  readonly placement: ModelPart["placement"];
  /** The template's words for what a story that replaces its own does not tell, dropped sentences' facts among it. */
  readonly beside: (told: readonly TellingSentence[]) => readonly Sentence[];
  readonly timeZone: string;
}

/**
 * Why sentences fell: `unverified` where the gate let one pass and the resources alone do not bear it out, `repeated` where
 * the same stands already (small models say things twice), `unasked` where a second try answers no refused sentence.
 */
export type DropReason = GateFailureKind | "unverified" | "repeated" | "unasked";

/** A sentence that was refused, without its words. */
export interface Refusal {
  /** Those of its citations that exist. */
  readonly factIds: readonly string[];
  readonly reasons: readonly DropReason[];
}

/** The sentences of one answer. */
export interface DraftRound {
  /** Takes a whole sentence of the model. True when it stands. */
  readonly add: (sentence: ModelSentence) => boolean;
  readonly stood: () => number;
  readonly dropped: () => number;
  /** How many sentences of the model fell, by reason; a sentence counts once for each of its reasons. */
  readonly drops: () => Readonly<Partial<Record<DropReason, number>>>;
}

export interface SectionDraft {
  readonly first: DraftRound;
  /** The second try: a sentence takes the place of a refused one with which it shares a fact. */
  readonly again: DraftRound;
  /** What a second try could be about, in the order of the text. */
  readonly refusals: () => readonly Refusal[];
  /** Text of all that stands, one sentence a line, as readers of the stream rebuild a section. */
  readonly text: () => string;
  /** The section, or undefined where no sentence of the model survived. */
  readonly section: () => Section | undefined;
}

type Unnumbered = Omit<Sentence, "id">;

interface Place {
  readonly facts: readonly Fact[];
  sentence?: Unnumbered;
  /** While it can be asked for again. */
  refused?: readonly DropReason[];
}

type Judgement = { readonly evidence: readonly Evidence[] } | { readonly reasons: readonly DropReason[] };

/** Evidence for a sentence that may stand, or why it may not. */
function judge(sentence: ModelSentence, gate: GateContext): Judgement {
  const verdict = gateSentence(sentence, gate);
  if (!verdict.passed) return { reasons: verdict.failures.map(({ kind }) => kind) };
  const { text } = sentence;
  // The gate also counts what a fact says of itself; a verified sentence must stand on the resources alone.
  const { verified } = verifySentence({ text, evidence: verdict.evidence }, gate.chart, { timeZone: gate.timeZone });
  return verified ? { evidence: verdict.evidence } : { reasons: ["unverified"] };
}

/** Counts what `take` makes of sentences: undefined where one stands, else why not. */
function createRound(take: (sentence: ModelSentence) => readonly DropReason[] | undefined): DraftRound {
  const drops = new Map<DropReason, number>();
  let [stood, dropped] = [0, 0];
  return {
    add: (sentence) => {
      const reasons = take(sentence);
      if (reasons === undefined) {
        stood += 1;
        return true;
      }
      dropped += 1;
      for (const reason of new Set(reasons)) drops.set(reason, (drops.get(reason) ?? 0) + 1);
      return false;
    },
    stood: () => stood,
    dropped: () => dropped,
    drops: () => Object.fromEntries(drops),
  };
}

/** The model's sentences among the template's own, as the part wants them. */
function arrange(
  places: readonly Place[],
  { template, placement, beside }: SectionDraftContext,
): readonly Unnumbered[] {
  const standing = places.flatMap(({ sentence }) => sentence ?? []);
  if (placement === "lead") return [...standing, ...template.sentences];
  if (placement === "append") return [...template.sentences, ...standing];
  const told = places.flatMap(({ sentence, facts }) =>
    sentence === undefined ? [] : [{ text: sentence.text, facts }],
  );
  return [...standing, ...beside(told)];
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
  const { chart, facts, chartFacts, timeZone } = context;
  const gate: GateContext = { chart, facts: new Map(facts.map((fact) => [fact.id, fact])), chartFacts, timeZone };
  prepareGate(gate);
  const places: Place[] = [];
  const factsOf = ({ factIds }: ModelSentence): readonly Fact[] =>
    [...new Set(factIds)].flatMap((id) => gate.facts.get(id) ?? []);
  const stands = (text: string): boolean => places.some(({ sentence }) => sentence?.text === text);
  const sentenceOf = (text: string, evidence: readonly Evidence[]): Unnumbered => ({
    text,
    origin: "model",
    verified: true,
    evidence,
  });

  const take = (sentence: ModelSentence): readonly DropReason[] | undefined => {
    const text = sentence.text.trim();
    if (stands(text)) return ["repeated"];
    const judged = judge(sentence, gate);
    const cited = factsOf(sentence);
    if ("evidence" in judged) places.push({ facts: cited, sentence: sentenceOf(text, judged.evidence) });
    else places.push({ facts: cited, refused: judged.reasons });
    return "evidence" in judged ? undefined : judged.reasons;
  };

  const takeAgain = (sentence: ModelSentence): readonly DropReason[] | undefined => {
    const text = sentence.text.trim();
    const cited = factsOf(sentence);
    const place = places.find(
      ({ refused, facts: own }) => refused !== undefined && own.some((fact) => cited.includes(fact)),
    );
    if (place === undefined) return ["unasked"];
    delete place.refused;
    if (stands(text)) return ["repeated"];
    const judged = judge(sentence, gate);
    if ("reasons" in judged) return judged.reasons;
    places.splice(places.indexOf(place), 1, { facts: cited, sentence: sentenceOf(text, judged.evidence) });
    return undefined;
  };

  return {
    first: createRound(take),
    again: createRound(takeAgain),
    refusals: () =>
      places.flatMap(({ refused, facts: own }) =>
        refused === undefined || own.length === 0 ? [] : [{ factIds: own.map(({ id }) => id), reasons: refused }],
      ),
    text: () => places.flatMap(({ sentence }) => sentence?.text ?? []).join("\n"),
    section: () =>
      places.some(({ sentence }) => sentence !== undefined) ? numbered(arrange(places, context), context) : undefined,
  };
}
