/**
 * Verification of a finished sentence: evidence counts only if the cited resources contain each value in the sentence.
 * This decides `Sentence.verified`.
 */
import type { Chart } from "../chart/chart.ts";
import type { Language } from "../language/language.ts";
import type { Evidence, Sentence } from "../summary/summary.ts";
import { statementsAboutRecord } from "./cues.ts";
import { derivedValues } from "./derived.ts";
import { lexiconOfChart } from "./chart-lexicon.ts";
import type { DrugLexicon } from "./drugs.ts";
import type { EvidenceLookup } from "./evidence.ts";
import { createEvidenceLookup } from "./evidence.ts";
import { extractValues } from "./extract.ts";
import { mispairedNumbers } from "./pairs.ts";
import { readable } from "./resource-values.ts";
import { supportsValue } from "./support.ts";
import type { KeyedValue, Span, Value, ValueKind } from "./value.ts";
import type { ValueSet } from "./value-set.ts";
import { unite } from "./value-set.ts";

export interface VerificationFailure {
  /** The kind of value that no citation bears out; or what is wrong with the citations themselves. */
  readonly kind: ValueKind | "no-evidence" | "unknown-reference" | "missing-negation" | "mispaired";
  /** As written in the sentence; for `unknown-reference` the reference. Chart content: never log it. */
  readonly value: string;
  readonly span: Span;
}

export interface Verification {
  readonly verified: boolean;
  readonly failures: readonly VerificationFailure[];
}

export interface VerificationOptions {
  /** IANA zone in which the sentence's dates are printed. */
  readonly timeZone: string;
  /** In which the sentence is written; English where absent. */
  readonly language?: Language;
}

interface ChartReading {
  readonly lookup: EvidenceLookup;
  readonly lexicon: DrugLexicon;
}

/** A chart is read once for all its sentences; it is immutable, so the reading lives as long as it does. */
const readings = new WeakMap<Chart, Map<string, ChartReading>>();

/** Lookup and lexicon of a chart, made on first use. */
export function readChart(chart: Chart, timeZone: string, language: Language = "en"): ChartReading {
  const known = readings.get(chart) ?? new Map<string, ChartReading>();
  readings.set(chart, known);
  const key = `${language} ${timeZone}`;
  const reading = known.get(key) ?? {
    lookup: createEvidenceLookup(chart, timeZone, language),
    lexicon: lexiconOfChart(chart),
  };
  known.set(key, reading);
  return reading;
}

const failed = (kind: VerificationFailure["kind"], value: string, span: Span): VerificationFailure => ({
  kind,
  value,
  span,
});

function isInside(span: Span, outer: readonly Span[]): boolean {
  return outer.some(({ start, end }) => span.start >= start && span.end <= end);
}

/** A denial is borne out by the same denial in a text, or by a resource that says itself that it is not so. */
function supportsNegation(value: KeyedValue, whole: ValueSet, parts: readonly ValueSet[]): boolean {
  return supportsValue(value, whole) || parts.some(({ negative }) => negative);
}

function unsupported(value: Value, whole: ValueSet, parts: readonly ValueSet[]): boolean {
  return value.kind === "negation" ? !supportsNegation(value, whole, parts) : !supportsValue(value, whole);
}

/**
 * Checks one sentence against the resources it cites. `verified` is true only where at least one resource is cited, every
 * citation exists in the chart, and each number, unit, date, time, frequency, drug, side and denial in the text is
 * contained in what is cited, a dated value together with its date. Never throws.
 */
export function verifySentence(
  sentence: Pick<Sentence, "text" | "evidence">,
  chart: Chart,
  options: VerificationOptions,
): Verification {
  const { timeZone, language = "en" } = options;
  const { lookup, lexicon } = readChart(chart, timeZone, language);
  const { evidence } = sentence;
  const text = readable(sentence.text, language);
  const everywhere: Span = { start: 0, end: text.length };
  if (evidence.length === 0) return { verified: false, failures: [failed("no-evidence", "", everywhere)] };

  const unknown = evidence.filter(({ reference }) => lookup.resource(reference) === undefined);
  const parts = evidence.flatMap((citation: Evidence) => lookup.values(citation) ?? []);
  const whole = unite([...parts, derivedValues(evidence, lookup, chart, timeZone)]);
  const aboutRecord = statementsAboutRecord(text);
  const values = extractValues(text, { lexicon }).filter(
    (value) => value.kind !== "negation" || !isInside(value.span, aboutRecord),
  );

  const failures = [
    ...unknown.map(({ reference }) => failed("unknown-reference", reference, everywhere)),
    ...values
      .filter((value) => unsupported(value, whole, parts))
      .map((value) => failed(value.kind, value.text, value.span)),
  ];
  const mispaired = mispairedNumbers(text, values, parts).filter(
    ({ span }) => !failures.some((failure) => failure.span === span),
  );
  failures.push(...mispaired.map((value) => failed("mispaired", value.text, value.span)));
  const denied = parts.length > 0 && parts.every(({ negative }) => negative);
  if (denied && !values.some(({ kind }) => kind === "negation"))
    failures.push(failed("missing-negation", "", everywhere));
  return { verified: failures.length === 0, failures };
}
