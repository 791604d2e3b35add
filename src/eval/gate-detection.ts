/** How much that is false the gate catches, by kind, and how much that is true it lets through. */
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../core/chart/chart.ts";
import type { Fact } from "../core/chart/facts.ts";
import { recordedFacts } from "../core/facts/extract.ts";
import type { GateContext } from "../core/verification/gate/check.ts";
import { gateSentence, prepareGate } from "../core/verification/gate/gate-sentence.ts";
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

export interface Detection {
  readonly checks: readonly Check[];
  readonly byKind: readonly KindFigure[];
  /** Milliseconds that the gate took, of each sentence. */
  readonly sentenceMs: readonly number[];
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
  };
}

/** All that the statement's resources, what they name and their facts hold, lower case. */
function evidenceText({ resources }: TrueStatement, { context }: Ground): string {
  const { chart } = context;
  const all: readonly FhirResource[] = [chart.patient, chart.encounter, ...chart.resources];
  const cited = all.filter(({ resourceType, id }) => resources.includes(`${resourceType}/${id ?? ""}`));
  const json = JSON.stringify(cited);
  const named = all.filter(({ resourceType, id }) => json.includes(`"${resourceType}/${id ?? ""}"`));
  const facts = (context.chartFacts ?? []).filter((fact) => resources.includes(primary(fact)));
  return `${json} ${JSON.stringify(named)} ${facts.map(({ text }) => text).join(" ")}`.toLowerCase();
}

function factIdsOf({ resources }: TrueStatement, { context }: Ground): readonly string[] {
  return (context.chartFacts ?? []).filter((fact) => resources.includes(primary(fact))).map(({ id }) => id);
}

const otherDrugsOf = ({ text }: TrueStatement, { medicines }: Truth): readonly string[] =>
  medicines.map(({ drug }) => drug.toLowerCase()).filter((drug) => !text.toLowerCase().includes(drug));

interface Twin {
  readonly kind: string;
  readonly critical: boolean;
  readonly text: string;
}

function twinsOf(statement: TrueStatement, ground: Ground): readonly Twin[] {
  const { corruptor, truth, random, strangers } = ground.input;
  const evidence = evidenceText(statement, ground);
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

/** Gates every true statement of a chart and false twins of each that passed. */
export function detect(input: DetectionInput): Detection {
  const ground = groundFor(input);
  const counts = new Map(
    input.corruptor.kinds.map(({ name, critical }) => [name, { kind: name, critical, made: 0, caught: 0 }]),
  );
  const [missed, missedCritical, refused, sentenceMs]: [Problem[], Problem[], Problem[], number[]] = [[], [], [], []];
  const passes = (text: string, factIds: readonly string[]): readonly string[] | undefined => {
    const startedAtMs = performance.now();
    const { passed, failures } = gateSentence({ text, factIds }, ground.context);
    sentenceMs.push(performance.now() - startedAtMs);
    return passed ? undefined : failures.map(({ kind, value }) => `${kind}: ${value}`);
  };
  for (const statement of input.truth.statements) {
    const factIds = factIdsOf(statement, ground);
    const against = passes(statement.text, factIds);
    if (against !== undefined) {
      refused.push(shown(statement.text, `true, and refused for ${against.join("; ")}`, statement));
      continue;
    }
    for (const { kind, critical, text } of twinsOf(statement, ground)) {
      const count = counts.get(kind);
      if (count === undefined) continue;
      count.made += 1;
      if (passes(text, factIds) !== undefined) count.caught += 1;
      else
        (critical ? missedCritical : missed).push(
          shown(text, `${kind}: passed; true is "${statement.text}"`, statement),
        );
    }
  }
  const byKind = [...counts.values()];
  const sum = (of: (figure: KindFigure) => number): number => byKind.reduce((total, figure) => total + of(figure), 0);
  const checks: readonly Check[] = [
    { metric: "corruption.caught", of: sum(({ made }) => made), problems: [...missedCritical, ...missed] },
    {
      metric: "corruption.caught.critical",
      of: sum(({ made, critical }) => (critical ? made : 0)),
      problems: missedCritical,
    },
    { metric: "corruption.precision", of: sum(({ caught }) => caught) + refused.length, problems: refused },
  ];
  return { checks, byKind, sentenceMs };
}
