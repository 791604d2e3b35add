/** How much that is false the gate catches, by kind and by manner of citing, and how much that is true it lets through. */
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../core/chart/chart.ts";
import type { Fact } from "../core/chart/facts.ts";
import { recordedFacts } from "../core/facts/extract.ts";
import type { GateContext, ModelSentence } from "../core/verification/gate/check.ts";
import { gateSentence, prepareGate } from "../core/verification/gate/gate-sentence.ts";
import type { CitationStyle } from "./citation-styles.ts";
import { citationsOf, citationStyles } from "./citation-styles.ts";
import type { Check, Problem } from "./checks.ts";
import type { Truth, TrueStatement } from "./truth/truth.ts";

interface CorruptionInput {
  readonly text: string;
  readonly evidence: string;
  readonly truths: ReadonlySet<string>;
  readonly foreignDrugs: readonly string[];
  readonly otherDrugs: readonly string[];
  readonly strangers: readonly string[];
  readonly random: () => number;
}

/** Makes true sentences false; comes from outside, so that it cannot share a mistake with the gate. */
export interface Corruptor {
  readonly kinds: readonly { readonly name: string; readonly critical: boolean }[];
  readonly corrupt: (kind: string, input: CorruptionInput) => string | undefined;
}

export interface KindFigure {
  readonly kind: string;
  readonly critical: boolean;
  readonly made: number;
  readonly caught: number;
}

/** How many of the false sentences fell, cited in one manner. */
export interface StyleFigure {
  readonly style: CitationStyle;
  readonly made: number;
  readonly caught: number;
}

export interface Detection {
  readonly checks: readonly Check[];
  readonly byKind: readonly KindFigure[];
  readonly byStyle: readonly StyleFigure[];
  /** Milliseconds that the gate took, of each sentence as cited. */
  readonly sentenceMs: readonly number[];
  /** The same for those with more citations, up to a whole section. */
  readonly generousMs: readonly number[];
}

export interface DetectionInput {
  readonly chart: Chart;
  readonly truth: Truth;
  readonly corruptor: Corruptor;
  /** True statements of other patients. */
  readonly strangers: readonly string[];
  readonly random: () => number;
}

/** False twins made of one true sentence. */
const twinsOfEach = 6;

/** Names that no chart of ours holds; what a chart does hold is left out when its sentences are made false. */
export const foreignDrugs = [
  "warfarin",
  "amiodarone",
  "digoxin",
  "clozapine",
  "zorblatinib",
  "Brilinta",
  "tacrolimus",
  "lithium",
  "dabrafenib",
];

const primary = ({ evidence }: Fact): string => evidence[0]?.reference ?? "";

interface Ground {
  readonly input: DetectionInput;
  readonly context: GateContext;
  readonly truths: ReadonlySet<string>;
  /** All that the chart holds, lower case: what stands anywhere in it may be true of a sentence that cites generously. */
  readonly evidence: string;
}

function groundFor(input: DetectionInput): Ground {
  const { chart, truth } = input;
  const chartFacts = recordedFacts(chart, { timeZone: truth.timeZone });
  const facts = new Map(chartFacts.map((fact) => [fact.id, fact]));
  const context = { chart, facts, chartFacts, timeZone: truth.timeZone };
  prepareGate(context);
  return {
    input,
    context,
    truths: new Set(truth.statements.map(({ text }) => text)),
    evidence: evidenceText(chart, chartFacts),
  };
}

function evidenceText(chart: Chart, facts: readonly Fact[]): string {
  const all: readonly FhirResource[] = [chart.patient, chart.encounter, ...chart.resources];
  return `${JSON.stringify(all)} ${facts.map(({ text }) => text).join(" ")}`.toLowerCase();
}

function factIdsOf({ resources }: TrueStatement, { context }: Ground): readonly string[] {
  return (context.chartFacts ?? []).filter((fact) => resources.includes(primary(fact))).map(({ id }) => id);
}

/** Other medicines of the chart in another dose: one in the same dose would make a true sentence in its place. */
const otherDrugsOf = ({ text }: TrueStatement, { medicines }: Truth): readonly string[] =>
  medicines
    .filter(({ words }) => !words.flat().some((word) => /^\d/u.test(word) && text.includes(word)))
    .map(({ drug }) => drug.toLowerCase())
    .filter((drug) => !text.toLowerCase().includes(drug));

interface Twin {
  readonly kind: string;
  readonly critical: boolean;
  readonly text: string;
}

function twinsOf(statement: TrueStatement, ground: Ground): readonly Twin[] {
  const { corruptor, truth, random, strangers } = ground.input;
  const { evidence } = ground;
  const unknown = foreignDrugs.filter((name) => !evidence.includes(name.toLowerCase()));
  const parts = {
    evidence,
    truths: ground.truths,
    foreignDrugs: unknown,
    otherDrugs: otherDrugsOf(statement, truth),
    strangers,
    random,
  };
  const kinds = corruptor.kinds.map((kind) => ({ kind, rank: random() })).toSorted((a, b) => a.rank - b.rank);
  const twins: Twin[] = [];
  for (const { kind } of kinds) {
    if (twins.length === twinsOfEach) break;
    const text = corruptor.corrupt(kind.name, { ...parts, text: statement.text });
    if (text !== undefined) twins.push({ kind: kind.name, critical: kind.critical, text });
  }
  return twins;
}

const shown = (sentence: string, what: string, { resources }: TrueStatement): Problem => ({
  what,
  sentence,
  references: resources,
});

interface Tally {
  readonly kinds: ReadonlyMap<
    string,
    { readonly kind: string; readonly critical: boolean; made: number; caught: number }
  >;
  readonly styles: ReadonlyMap<CitationStyle, { readonly style: CitationStyle; made: number; missed: Problem[] }>;
  readonly missedCritical: Problem[];
  readonly refused: Problem[];
  readonly sentenceMs: number[];
  readonly generousMs: number[];
}

const emptyTally = ({ kinds }: Corruptor): Tally => ({
  kinds: new Map(kinds.map(({ name, critical }) => [name, { kind: name, critical, made: 0, caught: 0 }])),
  styles: new Map(citationStyles.map((style) => [style, { style, made: 0, missed: [] }])),
  missedCritical: [],
  refused: [],
  sentenceMs: [],
  generousMs: [],
});

/** Why the gate refuses the sentence; undefined where it passes. */
function refusalOf(
  sentence: ModelSentence,
  style: CitationStyle,
  { context }: Ground,
  tally: Tally,
): readonly string[] | undefined {
  const startedAtMs = performance.now();
  const { passed, failures } = gateSentence(sentence, context);
  (style === "as cited" ? tally.sentenceMs : tally.generousMs).push(performance.now() - startedAtMs);
  return passed ? undefined : failures.map(({ kind, value }) => `${kind}: ${value}`);
}

/** The false sentence in every manner of citing. */
function judgeTwin({ kind, critical, text }: Twin, statement: TrueStatement, ground: Ground, tally: Tally): void {
  const facts = ground.context.chartFacts ?? [];
  const factIds = factIdsOf(statement, ground);
  for (const style of citationStyles) {
    const cited = citationsOf(style, { text, factIds, facts, random: ground.input.random });
    const [ofKind, ofStyle] = [tally.kinds.get(kind), tally.styles.get(style)];
    if (ofKind === undefined || ofStyle === undefined) continue;
    ofKind.made += 1;
    ofStyle.made += 1;
    if (refusalOf({ text, factIds: cited }, style, ground, tally) !== undefined) {
      ofKind.caught += 1;
      continue;
    }
    const problem = shown(text, `${kind}, cited ${style}: passed; true is "${statement.text}"`, statement);
    ofStyle.missed.push(problem);
    if (critical) tally.missedCritical.push(problem);
  }
}

/** A true sentence is to pass however generously it is cited; with a wrong record it need not. */
function judgeTruth(statement: TrueStatement, ground: Ground, tally: Tally): boolean {
  const { random } = ground.input;
  const facts = ground.context.chartFacts ?? [];
  const factIds = factIdsOf(statement, ground);
  const manners = citationStyles.filter((style) => style !== "wrong neighbour");
  const [asCited] = manners.map((style) => {
    const { text } = statement;
    const cited = citationsOf(style, { text, factIds, facts, random });
    const against = refusalOf({ text, factIds: cited }, style, ground, tally);
    if (against !== undefined)
      tally.refused.push(shown(text, `true, cited ${style}, and refused for ${against.join("; ")}`, statement));
    return against === undefined;
  });
  return asCited === true;
}

const metricOf: Readonly<Record<CitationStyle, string>> = {
  "as cited": "corruption.caught",
  "all of its names": "corruption.caught.names",
  "whole section": "corruption.caught.section",
  "wrong neighbour": "corruption.caught.neighbour",
};

function checksOf({ kinds, styles, missedCritical, refused }: Tally): readonly Check[] {
  const all = [...kinds.values()];
  const sum = (of: (figure: KindFigure) => number): number => all.reduce((total, figure) => total + of(figure), 0);
  return [
    ...[...styles.values()].map(({ style, made, missed }) => ({ metric: metricOf[style], of: made, problems: missed })),
    {
      metric: "corruption.caught.critical",
      of: sum(({ made, critical }) => (critical ? made : 0)),
      problems: missedCritical,
    },
    { metric: "corruption.precision", of: sum(({ caught }) => caught) + refused.length, problems: refused },
  ];
}

/** Gates every true statement of a chart, and false twins of each that passed, in every manner of citing. */
export function detect(input: DetectionInput): Detection {
  const ground = groundFor(input);
  const tally = emptyTally(input.corruptor);
  for (const statement of input.truth.statements) {
    if (!judgeTruth(statement, ground, tally)) continue;
    for (const twin of twinsOf(statement, ground)) judgeTwin(twin, statement, ground, tally);
  }
  return {
    checks: checksOf(tally),
    byKind: [...tally.kinds.values()],
    byStyle: [...tally.styles.values()].map(({ style, made, missed }) => ({
      style,
      made,
      caught: made - missed.length,
    })),
    sentenceMs: tally.sentenceMs,
    generousMs: tally.generousMs,
  };
}
