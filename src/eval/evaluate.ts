/** The clinical evaluation: every stay of a chart through an engine, judged by the evaluation's own rules. */
import { jurisdictionById } from "../config/jurisdictions.ts";
import type { Bundle, Encounter, FhirResource } from "fhir/r4.js";
import { buildChart } from "../core/chart/build-chart.ts";
import type { Chart } from "../core/chart/chart.ts";
import type { Section, Sentence } from "../core/summary/summary.ts";
import type { GenerationOptions, GenerationResult, SummaryGenerator } from "../generation/summary-generator.ts";
import { inpatientEncounters, NoInpatientStay, UnreadableChart, withoutDischargeSummaries } from "./chart-files.ts";
import type { LoadedChart } from "./chart-files.ts";
import { allergyTally, medicationClassTally, medicationListedTally, pendingTally } from "./chart-oracle.ts";
import type { Check } from "./checks.ts";
import { check, fromTally } from "./checks.ts";
import { citationChecks } from "./citation-checks.ts";
import { indexOf } from "./cited-text.ts";
import { coverageChecks } from "./coverage.ts";
import type { Draft } from "./engine.ts";
import { writeDraft } from "./engine.ts";
import { elementChecks } from "./mandatory-elements.ts";
import { truthChecks } from "./truth/truth-checks.ts";
import type { Truth } from "./truth/truth.ts";

/** A zone west of UTC, so that dates printed in UTC would be caught. */
export const evaluationTimeZone = "America/New_York";

/** What one stay of one chart came to. */
export interface StayResult {
  readonly chart: string;
  readonly encounter: string;
  /** Kind of stay and what makes the chart hard, where a truth file says so. */
  readonly labels: readonly string[];
  readonly resources: number;
  readonly sections: readonly Section[];
  readonly checks: readonly Check[];
  /** Absent where the chart was refused. */
  readonly draft?: Omit<Draft, "sections" | "result"> & { readonly result: GenerationResult };
  /** Every resource by the references that problems name. */
  readonly index: ReadonlyMap<string, FhirResource>;
}

export interface EvaluationInput {
  readonly chart: string;
  readonly bundle: Bundle<FhirResource>;
  readonly truth?: Truth;
  readonly generator: SummaryGenerator;
}

function optionsFor(truth: Truth | undefined): GenerationOptions {
  return { timeZone: truth?.timeZone ?? evaluationTimeZone, language: "en", jurisdiction: jurisdictionById("us") };
}

const reversed = (bundle: Bundle<FhirResource>): Bundle<FhirResource> =>
  structuredClone({ ...bundle, entry: (bundle.entry ?? []).toReversed() });

/** What the chart alone demands, where nobody wrote down what is true of it. */
function oracleChecks(
  { bundle, references }: LoadedChart,
  stay: Encounter,
  sections: readonly Section[],
): readonly Check[] {
  const id = stay.id ?? "";
  const own = references.filter(
    ({ encounter }) => encounter?.reference === undefined || encounter.reference.endsWith(id),
  );
  return [
    fromTally("pending.listed", pendingTally(bundle, id, sections)),
    fromTally("allergies.listed", allergyTally(bundle, stay.period?.end, sections)),
    fromTally("medications.listed", medicationListedTally(bundle, id, sections)),
    fromTally("medications.classified", medicationClassTally(bundle, id, sections)),
    ...own.flatMap((composition) => coverageChecks(composition, sections, indexOf(bundle))),
  ];
}

/** The same chart with its entries in reverse must give the same bytes. A model promises no such thing. */
async function determinismCheck(
  input: EvaluationInput,
  loaded: LoadedChart,
  encounterId: string,
  sections: readonly Section[],
): Promise<readonly Check[]> {
  if (input.generator.engine !== "template") return [];
  const chart = buildChart({ resources: reversed(loaded.bundle), encounterId });
  const again = await writeDraft(input.generator, chart, optionsFor(input.truth), performance.now());
  const same = JSON.stringify(again.sections) === JSON.stringify(sections);
  return [
    check("stays.nondeterministic", [encounterId], () =>
      same ? undefined : { what: "another run gave other bytes", references: [] },
    ),
  ];
}

function ownVerdicts(sentences: readonly Sentence[]): Check {
  return check("sentences.unverified", sentences, ({ text, verified, evidence }) =>
    verified
      ? undefined
      : { what: "not verified by the product", sentence: text, references: evidence.map(({ reference }) => reference) },
  );
}

async function evaluateStay(input: EvaluationInput, loaded: LoadedChart, stay: Encounter): Promise<StayResult> {
  const { chart, truth, generator } = input;
  const encounter = stay.id ?? "";
  const options = optionsFor(truth);
  const startedAtMs = performance.now();
  const built = buildChart({ resources: loaded.bundle, encounterId: encounter });
  const { sections, ...draft } = await writeDraft(generator, built, options, startedAtMs);
  const index = indexOf(loaded.bundle);
  const checks = [
    ...elementChecks(sections),
    ...citationChecks(sections, index, options.timeZone),
    ownVerdicts(sections.flatMap(({ sentences }) => sentences)),
    ...(await determinismCheck(input, loaded, encounter, sections)),
    ...(truth === undefined ? oracleChecks(loaded, stay, sections) : truthChecks(truth, sections)),
  ];
  return {
    chart,
    encounter,
    labels: labelsOf(truth),
    resources: loaded.bundle.entry?.length ?? 0,
    sections,
    checks,
    draft,
    index,
  };
}

const labelsOf = (truth: Truth | undefined): readonly string[] =>
  truth === undefined ? [] : [truth.stay, ...truth.challenges];

/** A chart that must be refused: whether it was. */
function refusal(input: EvaluationInput, truth: Truth, loaded: LoadedChart): StayResult {
  let built: Chart | undefined;
  try {
    built = buildChart({ resources: loaded.bundle, encounterId: truth.encounter });
  } catch {
    built = undefined;
  }
  const refused = check("charts.refused", [truth], ({ refused: why = "" }) =>
    built === undefined ? undefined : { what: `not refused: the chart holds ${why}`, references: [] },
  );
  const resources = loaded.bundle.entry?.length ?? 0;
  return {
    chart: input.chart,
    encounter: truth.encounter,
    labels: labelsOf(truth),
    resources,
    sections: [],
    checks: [refused],
    index: indexOf(loaded.bundle),
  };
}

function staysOf({ bundle }: LoadedChart, truth: Truth | undefined): readonly Encounter[] {
  const stays = inpatientEncounters(bundle);
  return truth === undefined ? stays : stays.filter(({ id }) => id === truth.encounter);
}

/** Every inpatient stay of one Bundle. Throws NoInpatientStay where there is none, UnreadableChart where it cannot be built. */
export async function evaluateChart(input: EvaluationInput): Promise<readonly StayResult[]> {
  const { chart, truth } = input;
  const loaded = withoutDischargeSummaries(input.bundle);
  if (truth?.refused !== undefined) return [refusal(input, truth, loaded)];
  const stays = staysOf(loaded, truth);
  if (stays.length === 0) throw new NoInpatientStay(chart);
  const results: StayResult[] = [];
  for (const stay of stays) {
    try {
      results.push(await evaluateStay(input, loaded, stay));
    } catch (error) {
      throw new UnreadableChart(chart, error instanceof Error ? error.message : "cannot be evaluated", error);
    }
  }
  return results;
}
