/** One evaluation: every chart through one engine, the gate beside it, and the report of both. */
import { buildChart } from "../../core/chart/build-chart.ts";
import type { Check } from "../../eval/checks.ts";
import { egressCheck, identifiersOf } from "../../eval/egress-check.ts";
import type { StayResult } from "../../eval/evaluate.ts";
import { NoInpatientStay } from "../../eval/chart-files.ts";
import { evaluateChart } from "../../eval/evaluate.ts";
import { citationStyles } from "../../eval/citation-styles.ts";
import type { Corruptor, Detection, KindFigure, StyleFigure } from "../../eval/gate-detection.ts";
import { detect } from "../../eval/gate-detection.ts";
import { metricsOf, sizesOf } from "../../eval/metrics.ts";
import type { EvaluationReport, Figure, ReportFailure } from "../../eval/report/report.ts";
import { draftOf, failureOf, summaryOf } from "../../eval/report/report.ts";
import type { ChartSource, EvaluationChart } from "./charts.ts";
import { chartsOf, describeSource } from "./charts.ts";
import type { EngineChoice, OpenEngine } from "./engines.ts";
import { openEngine } from "./engines.ts";
import { injectionCheck } from "./injection.ts";

export interface RunOptions {
  readonly source: ChartSource;
  readonly engine: EngineChoice;
  readonly startedAt: string;
  /** Called with each chart in which there is no stay. */
  readonly leftOut?: (chart: string) => void;
  /** Called behind each chart. */
  readonly progress?: (done: number) => void;
}

export interface EvaluationRun {
  readonly report: EvaluationReport;
  readonly stays: readonly StayResult[];
}

/** Whole drafts in a report: enough to read, not all of them. */
const draftsInReport = 12;

async function sandboxCorruptor(): Promise<{
  readonly corruptor: Corruptor;
  readonly random: (seed: number) => () => number;
}> {
  const { corrupt, corruptions } = await import("../../../sandbox/evaluation/corrupt.ts");
  const { seededRandom } = await import("../../../sandbox/model/random.ts");
  const kinds = Object.entries(corruptions).map(([name, { critical }]) => ({ name, critical }));
  return { corruptor: { kinds, corrupt }, random: seededRandom };
}

interface Collected {
  readonly stays: StayResult[];
  readonly checks: Check[];
  readonly failures: ReportFailure[];
  readonly told: Set<string>;
  readonly detections: Detection[];
  charts: number;
}

function collect(into: Collected, chart: string, checks: readonly Check[], index: StayResult["index"]): void {
  into.checks.push(...checks);
  for (const { metric, problems } of checks)
    for (const problem of problems) {
      // One defect may miss several thresholds; the reader sees it once.
      const key = [chart, problem.what, problem.sentence].join("\n");
      if (!into.told.has(key)) into.failures.push(failureOf(chart, metric, problem, index));
      into.told.add(key);
    }
}

async function evaluateOne(chart: EvaluationChart, engine: OpenEngine, into: Collected): Promise<void> {
  const { name, bundle, truth } = chart;
  const stays = await evaluateChart({
    chart: name,
    bundle,
    generator: engine.generator,
    ...(truth === undefined ? {} : { truth }),
  });
  const sent = engine.takeBodies();
  const egress = egressCheck(sent, truth === undefined ? identifiersOf(bundle) : truth.identifiers);
  for (const stay of stays) collect(into, name, stay.checks, stay.index);
  collect(into, name, [egress], new Map());
  into.stays.push(...stays);
}

/** The gate over a chart's true statements; the statements of the chart before serve as another patient's. */
async function gateOne(
  { name, bundle, truth }: EvaluationChart,
  before: EvaluationChart | undefined,
  into: Collected,
  seed: number,
): Promise<void> {
  if (truth === undefined || truth.refused !== undefined || truth.statements.length === 0) return;
  const { corruptor, random } = await sandboxCorruptor();
  const chart = buildChart({ resources: bundle, encounterId: truth.encounter });
  const strangers = (before?.truth?.statements ?? []).map(({ text }) => text);
  const detection = detect({ chart, truth, corruptor, strangers, random: random(seed + into.charts) });
  into.detections.push(detection);
  collect(into, name, detection.checks, into.stays.at(-1)?.index ?? new Map());
}

function addKinds(detections: readonly Detection[]): readonly KindFigure[] {
  const all = detections.flatMap(({ byKind }) => byKind);
  return [...Map.groupBy(all, ({ kind }) => kind)].flatMap(([kind, figures]) => {
    const made = figures.reduce((sum, figure) => sum + figure.made, 0);
    const caught = figures.reduce((sum, figure) => sum + figure.caught, 0);
    return made === 0 ? [] : [{ kind, critical: figures[0]?.critical === true, made, caught }];
  });
}

function addStyles(detections: readonly Detection[]): readonly StyleFigure[] {
  return citationStyles.flatMap((style) => {
    const own = detections.flatMap(({ byStyle }) => byStyle.filter((figure) => figure.style === style));
    const sum = (of: (figure: StyleFigure) => number): number => own.reduce((total, figure) => total + of(figure), 0);
    return own.length === 0 ? [] : [{ style, made: sum(({ made }) => made), caught: sum(({ caught }) => caught) }];
  });
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

const figure = (name: string, value: number, unit: string, target?: number): Figure => ({
  name,
  value: Math.round(value * 1000) / 1000,
  unit,
  ...(target === undefined ? {} : { target }),
});

function figuresOf({ stays, detections }: Collected): readonly Figure[] {
  const drafts = stays.flatMap(({ draft }) => draft ?? []);
  const first = drafts.map(({ firstTextMs }) => firstTextMs);
  const total = drafts.map(({ totalMs }) => totalMs);
  const gate = detections.flatMap(({ sentenceMs }) => sentenceMs);
  const generous = detections.flatMap(({ generousMs }) => generousMs);
  const tokens = (of: "inputTokens" | "outputTokens"): number =>
    drafts.reduce((sum, { result }) => sum + (result.usage?.[of] ?? 0), 0);
  const sentences = stays.flatMap(({ sections }) => sections.flatMap((section) => section.sentences));
  const byModel = drafts.some(({ result }) => result.model !== undefined);
  return [
    figure("sentences", sentences.length, ""),
    figure("time to first text, median", quantile(first, 0.5), "ms", 200),
    figure("time to first text, slowest chart", quantile(first, 1), "ms", 200),
    figure("whole draft, median", quantile(total, 0.5), "ms"),
    figure("whole draft, slowest chart", quantile(total, 1), "ms"),
    ...(gate.length === 0
      ? []
      : [
          figure("gate, one sentence, median", quantile(gate, 0.5), "ms", 2),
          figure("gate, one sentence, 99 %", quantile(gate, 0.99), "ms", 2),
          figure("gate, one sentence cited generously, median", quantile(generous, 0.5), "ms", 2),
        ]),
    ...(byModel
      ? [
          figure("sentences by the model that stand", sentences.filter(({ origin }) => origin === "model").length, ""),
          figure(
            "sentences by the model that were dropped",
            drafts.reduce((sum, { result }) => sum + result.droppedSentences, 0),
            "",
          ),
          figure(
            "drafts that fell back to the rules",
            drafts.filter(({ result }) => result.fellBackBecause !== undefined).length,
            "",
          ),
          figure("tokens in", tokens("inputTokens"), ""),
          figure("tokens out", tokens("outputTokens"), ""),
        ]
      : []),
  ];
}

function reportOf(
  collected: Collected,
  { source, engine, startedAt }: RunOptions,
  model: string | undefined,
): EvaluationReport {
  const { stays, checks, failures, detections, charts } = collected;
  return {
    engine: engine.engine,
    ...(model === undefined ? {} : { model }),
    charts,
    source: describeSource(source),
    synthetic: source.kind === "synthetic",
    startedAt,
    metrics: metricsOf(checks, engine.engine),
    judged: sizesOf(checks),
    figures: figuresOf(collected),
    corruptions: addKinds(detections),
    citations: addStyles(detections),
    stays: stays.map(summaryOf),
    failures,
    drafts: stays
      .filter(({ sections }) => sections.length > 0)
      .slice(0, draftsInReport)
      .map(draftOf),
  };
}

/** A chart in which instructions can be planted: a synthetic one of the usual kind, with references as the planted resources have them. */
const serves = ({ truth, bundle }: EvaluationChart): boolean =>
  truth?.stay === "home" &&
  truth.challenges.length === 0 &&
  bundle.entry?.every(({ fullUrl }) => fullUrl === undefined) === true;

/** False where the chart holds no stay: what a hospital hands over whole has patients of its clinics in it. */
async function holdsStay(chart: EvaluationChart, engine: OpenEngine, into: Collected): Promise<boolean> {
  try {
    await evaluateOne(chart, engine, into);
    return true;
  } catch (error) {
    if (error instanceof NoInpatientStay) return false;
    throw error;
  }
}

/** Runs it to its end. Throws UnreadableChart, naming the chart; charts without a stay are left out, as long as one has any. */
export async function runEvaluation(options: RunOptions): Promise<EvaluationRun> {
  const engine = await openEngine(options.engine);
  const collected: Collected = {
    stays: [],
    checks: [],
    failures: [],
    told: new Set(),
    detections: [],
    charts: 0,
  };
  let before: EvaluationChart | undefined;
  let ground: EvaluationChart | undefined;
  let empty: string | undefined;
  try {
    for await (const chart of chartsOf(options.source)) {
      engine.next(collected.charts);
      if (!(await holdsStay(chart, engine, collected))) {
        empty = chart.name;
        options.leftOut?.(empty);
        continue;
      }
      await gateOne(chart, before, collected, options.engine.seed);
      if (ground === undefined && serves(chart)) ground = chart;
      collected.charts += 1;
      before = chart;
      options.progress?.(collected.charts);
    }
    if (collected.charts === 0 && empty !== undefined) throw new NoInpatientStay(empty);
    if (ground !== undefined) collect(collected, ground.name, [await injectionCheck(engine, ground)], new Map());
  } finally {
    await engine.close();
  }
  return { report: reportOf(collected, options, engine.model), stays: collected.stays };
}
