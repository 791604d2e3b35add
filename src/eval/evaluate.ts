/** The clinical evaluation: every chart through the product's rules, judged by the evaluation's own. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { buildChart } from "../core/chart/build-chart.ts";
import { extractFacts } from "../core/facts/extract.ts";
import { templateSections } from "../core/sections/template-sections.ts";
import { sectionIds } from "../core/summary/sections.ts";
import type { Section, SectionId } from "../core/summary/summary.ts";
import { verifySentence } from "../core/verification/verify-sentence.ts";
import { allergyTally, medicationClassTally, medicationListedTally, pendingTally } from "./chart-oracle.ts";
import { inpatientEncounters, UnreadableChart, withoutDischargeSummaries } from "./chart-files.ts";
import { citationFaults } from "./citation-check.ts";
import { indexOf } from "./cited-text.ts";
import type { ReferenceCoverage, Tally } from "./coverage.ts";
import { addTallies, coverageOf, noTally } from "./coverage.ts";

/** A zone west of UTC, so that dates printed in UTC would be caught. */
export const evaluationTimeZone = "America/New_York";

export interface Fault {
  readonly chart: string;
  readonly sentence: string;
  readonly fault: string;
}

/** What one stay of one chart came to. */
export interface StayResult {
  readonly chart: string;
  readonly encounter: string;
  readonly sections: readonly Section[];
  readonly missingSections: readonly SectionId[];
  readonly wrongCitations: readonly Fault[];
  readonly withoutEvidence: number;
  readonly unverified: number;
  readonly deterministic: boolean;
  readonly coverage: readonly ReferenceCoverage[];
  readonly pending: Tally;
  readonly allergies: Tally;
  readonly medicationsListed: Tally;
  readonly medicationClasses: Tally;
}

function write(
  bundle: Bundle<FhirResource>,
  encounterId: string,
): { readonly sections: readonly Section[]; readonly unverified: number } {
  const chart = buildChart({ resources: bundle, encounterId });
  const facts = extractFacts(chart, { timeZone: evaluationTimeZone });
  const sections = templateSections(chart, facts, { timeZone: evaluationTimeZone, jurisdiction: "us" });
  const sentences = sections.flatMap((section) => section.sentences);
  return {
    sections,
    unverified: sentences.filter(
      (sentence) => !verifySentence(sentence, chart, { timeZone: evaluationTimeZone }).verified,
    ).length,
  };
}

/** Present means: there, and either with sentences or saying what was looked for. */
function missing(sections: readonly Section[]): readonly SectionId[] {
  return sectionIds.filter((id) => {
    const section = sections.find((candidate) => candidate.id === id);
    return section === undefined || (section.sentences.length === 0 && (section.lookedFor ?? "") === "");
  });
}

function reversed(bundle: Bundle<FhirResource>): Bundle<FhirResource> {
  return structuredClone({ ...bundle, entry: (bundle.entry ?? []).toReversed() });
}

function procedureName(index: ReadonlyMap<string, FhirResource>): (reference: string) => string | undefined {
  return (reference) => {
    const resource = index.get(reference);
    return resource?.resourceType === "Procedure"
      ? (resource.code?.text ?? resource.code?.coding?.[0]?.display)
      : undefined;
  };
}

function inpatientEnd(bundle: Bundle<FhirResource>, encounterId: string): string | undefined {
  return inpatientEncounters(bundle).find(({ id }) => id === encounterId)?.period?.end;
}

function evaluateStay(
  chart: string,
  bundle: Bundle<FhirResource>,
  encounterId: string,
  references: ReturnType<typeof withoutDischargeSummaries>["references"],
): StayResult {
  const index = indexOf(bundle);
  const { sections, unverified } = write(bundle, encounterId);
  const again = write(reversed(bundle), encounterId);
  const sentences = sections.flatMap((section) => section.sentences);
  const own = references.filter(
    (reference) => reference.encounter?.reference === undefined || reference.encounter.reference.endsWith(encounterId),
  );
  return {
    chart,
    encounter: encounterId,
    sections,
    missingSections: missing(sections),
    wrongCitations: sentences.flatMap((sentence) =>
      citationFaults(sentence, index, evaluationTimeZone).map((fault) => ({ chart, sentence: sentence.text, fault })),
    ),
    withoutEvidence: sentences.filter((sentence) => sentence.evidence.length === 0).length,
    unverified,
    deterministic: JSON.stringify(sections) === JSON.stringify(again.sections),
    coverage: own.map((composition) => coverageOf(composition, sections, procedureName(index))),
    pending: pendingTally(bundle, encounterId, sections),
    allergies: allergyTally(bundle, inpatientEnd(bundle, encounterId), sections),
    medicationsListed: medicationListedTally(bundle, encounterId, sections),
    medicationClasses: medicationClassTally(bundle, encounterId, sections),
  };
}

/** Every inpatient stay of one Bundle. Throws UnreadableChart, naming the file, when there is none or it cannot be built. */
export function evaluateBundle(chart: string, whole: Bundle<FhirResource>): readonly StayResult[] {
  const { bundle, references } = withoutDischargeSummaries(whole);
  const encounters = inpatientEncounters(bundle);
  if (encounters.length === 0) throw new UnreadableChart(chart, "holds no inpatient encounter");
  return encounters.map((encounter) => {
    try {
      return evaluateStay(chart, bundle, encounter.id ?? "", references);
    } catch (error) {
      throw new UnreadableChart(chart, error instanceof Error ? error.message : "cannot be evaluated", error);
    }
  });
}

export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly threshold: number;
  readonly ok: boolean;
}

const atLeast = (name: string, value: number, threshold: number): Metric => ({
  name,
  value,
  threshold,
  ok: value >= threshold,
});
const atMost = (name: string, value: number, threshold: number): Metric => ({
  name,
  value,
  threshold,
  ok: value <= threshold,
});

/** Four decimals: enough to see one miss in ten thousand. */
const share = ({ found, of }: Tally): number => (of === 0 ? 1 : Math.round((found / of) * 10_000) / 10_000);

const sum = (results: readonly StayResult[], of: (result: StayResult) => number): number =>
  results.reduce((total, result) => total + of(result), 0);

function coverageTally(results: readonly StayResult[], of: (coverage: ReferenceCoverage) => Tally): Tally {
  return results
    .flatMap(({ coverage }) => coverage)
    .map(of)
    .reduce(addTallies, noTally);
}

/** What the reference summaries list and the output lacks, for the person who reads the evaluation. */
export function missedOf(results: readonly StayResult[]): readonly string[] {
  const tallies = results.flatMap(({ chart, coverage, pending, allergies, medicationsListed, medicationClasses }) => [
    ...coverage.flatMap((entry) =>
      Object.entries(entry).flatMap(([name, { missed }]: [string, Tally]) =>
        missed.map((item) => `${chart}: ${name}: ${item}`),
      ),
    ),
    ...allergies.missed.map((item) => `${chart}: allergy: ${item}`),
    ...pending.missed.map((item) => `${chart}: pending: ${item}`),
    ...medicationsListed.missed.map((item) => `${chart}: medication not listed: ${item}`),
    ...medicationClasses.missed.map((item) => `${chart}: medication class: ${item}`),
  ]);
  return tallies;
}

/**
 * The metrics with their thresholds. Every one is a floor or a ceiling that the present rules meet without slack. The two
 * below 1 are what charts cannot give: two reference diagnoses are coded nowhere as a condition, and one dose of a medicine
 * that only a note names is in no resource.
 */
export function metricsOf(results: readonly StayResult[]): readonly Metric[] {
  const covered = (name: string, of: (coverage: ReferenceCoverage) => Tally, threshold: number): Metric =>
    atLeast(name, share(coverageTally(results, of)), threshold);
  const total = (of: (result: StayResult) => Tally): number => share(results.map(of).reduce(addTallies, noTally));
  return [
    atMost(
      "sections.missing",
      sum(results, ({ missingSections }) => missingSections.length),
      0,
    ),
    atMost(
      "sentences.without-evidence",
      sum(results, ({ withoutEvidence }) => withoutEvidence),
      0,
    ),
    atMost(
      "citations.wrong",
      sum(results, ({ wrongCitations }) => new Set(wrongCitations.map(({ sentence }) => sentence)).size),
      0,
    ),
    atMost(
      "sentences.unverified",
      sum(results, ({ unverified }) => unverified),
      0,
    ),
    atMost("stays.nondeterministic", results.filter(({ deterministic }) => !deterministic).length, 0),
    covered("coverage.diagnoses.references", ({ diagnosisReferences }) => diagnosisReferences, 1),
    covered("coverage.diagnoses.names", ({ diagnosisNames }) => diagnosisNames, 0.9091),
    covered("coverage.medications.references", ({ medicationReferences }) => medicationReferences, 1),
    covered("coverage.medications.names", ({ medicationNames }) => medicationNames, 1),
    covered("coverage.medications.doses", ({ medicationDoses }) => medicationDoses, 0.9899),
    covered("coverage.procedures.references", ({ procedureReferences }) => procedureReferences, 1),
    covered("coverage.procedures.names", ({ procedureNames }) => procedureNames, 1),
    atLeast(
      "pending.listed",
      total(({ pending }) => pending),
      1,
    ),
    atLeast(
      "allergies.listed",
      total(({ allergies }) => allergies),
      1,
    ),
    atLeast(
      "medications.listed",
      total(({ medicationsListed }) => medicationsListed),
      1,
    ),
    atLeast(
      "medications.classified",
      total(({ medicationClasses }) => medicationClasses),
      1,
    ),
  ];
}
