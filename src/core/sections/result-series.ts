/** Laboratory values as series: one test in one unit over the stay, with what a reader wants of it. */
import type { Fact, FactQuantity, ResultDetail } from "../chart/facts.ts";
import { unitKey } from "../facts/quantity.ts";
import { groupBy } from "./context.ts";

export interface Measurement {
  readonly fact: Fact;
  readonly value: number;
  readonly quantity: FactQuantity;
  readonly result: ResultDetail;
}

export type Trend = "rising" | "falling" | "stable" | "rose-fell" | "fell-rose";

export interface Series {
  readonly label: string;
  /** In time order. */
  readonly values: readonly Measurement[];
  readonly first: Measurement;
  readonly last: Measurement;
  /** The value farthest outside its range; undefined when none is outside. */
  readonly worst?: Measurement;
  readonly trend?: Trend;
  /** The chart holds the same test in another unit; the two are never compared. */
  readonly otherUnit: boolean;
}

function measurementOf(fact: Fact): readonly Measurement[] {
  const { quantity, result } = fact;
  return quantity === undefined || result === undefined ? [] : [{ fact, value: quantity.value, quantity, result }];
}

function loincOf(fact: Fact): string | undefined {
  return fact.codes.find((coding) => /loinc/u.test(coding.system ?? "") && coding.code !== undefined)?.code;
}

/**
 * The same test: its LOINC code, else its name. A value without a code (a bedside device, another laboratory) belongs to
 * the one coded test of its name; where several tests share the name, nobody can tell, and it stands by itself.
 */
function testKeys(facts: readonly Fact[]): (fact: Fact) => string {
  const codes = new Map<string, Set<string>>();
  for (const fact of facts) {
    const [name, loinc] = [fact.label.toLowerCase(), loincOf(fact)];
    if (loinc !== undefined) codes.set(name, (codes.get(name) ?? new Set()).add(loinc));
  }
  return (fact) => {
    const name = fact.label.toLowerCase();
    const [only, ...others] = codes.get(name) ?? [];
    return loincOf(fact) ?? (others.length === 0 ? only : undefined) ?? name;
  };
}

export function isAbnormal(measurement: Measurement): boolean {
  const { flag } = measurement.result;
  return flag !== undefined && flag !== "normal";
}

export function isCritical(measurement: Measurement): boolean {
  return measurement.result.flag === "critical-high" || measurement.result.flag === "critical-low";
}

/** How far outside its range, in widths of the range; a flagged value without a range counts by its flag alone. */
function deviation({ value, result }: Measurement): number {
  const { low, high } = result;
  const critical = result.flag?.startsWith("critical") === true ? 1 : 0;
  if (low === undefined && high === undefined) return critical;
  const width = low !== undefined && high !== undefined && high > low ? high - low : Math.abs(high ?? low ?? 1) || 1;
  const outside = Math.max(high === undefined ? 0 : value - high, low === undefined ? 0 : low - value, 0);
  return critical + outside / width;
}

function worstOf(values: readonly Measurement[]): Measurement | undefined {
  let worst: Measurement | undefined;
  for (const value of values.filter(isAbnormal)) {
    if (worst === undefined || deviation(value) > deviation(worst)) worst = value;
  }
  return worst;
}

/**
 * Change that is more than the noise of measuring: a tenth of the first value, as most laboratories' own limits lie below, or
 * half the width of the reference range: 131 to 138 mmol/L of sodium is a twentieth of the value and no small thing.
 */
const noticeable = 0.1;
const noticeableWidth = 0.5;

/** Change in terms of which `noticeable` is the least that counts. */
function scaleOf({ value, result: { low, high } }: Measurement): number {
  const byValue = Math.abs(value) || 1;
  if (low === undefined || high === undefined || high <= low) return byValue;
  return Math.min(byValue, ((high - low) * noticeableWidth) / noticeable);
}

function trendOf(values: readonly Measurement[], first: Measurement, last: Measurement): Trend | undefined {
  if (values.length < 2) return undefined;
  const numbers = values.map(({ value }) => value);
  const [peak, trough] = [Math.max(...numbers), Math.min(...numbers)];
  const scale = scaleOf(first);
  const moved = (from: number, to: number): number => (to - from) / scale;
  const overall = moved(first.value, last.value);
  // "Falling" of a value that has turned and rises again sends the reader the wrong way: the turn counts more than the sum.
  if (overall < -noticeable && moved(trough, last.value) > noticeable) return "fell-rose";
  if (overall > noticeable && moved(peak, last.value) < -noticeable) return "rose-fell";
  const rose = moved(first.value, peak) > 2 * noticeable && moved(peak, last.value) < -2 * noticeable;
  const fell = moved(first.value, trough) < -2 * noticeable && moved(trough, last.value) > 2 * noticeable;
  if (rose && !fell) return "rose-fell";
  if (fell && !rose) return "fell-rose";
  if (overall > noticeable) return "rising";
  return overall < -noticeable ? "falling" : "stable";
}

function seriesOf(values: readonly Measurement[], otherUnit: boolean): readonly Series[] {
  const [first] = values;
  const last = values.at(-1);
  if (first === undefined || last === undefined) return [];
  const [worst, trend] = [worstOf(values), trendOf(values, first, last)];
  return [
    {
      label: first.fact.label,
      values,
      first,
      last,
      otherUnit,
      ...(worst === undefined ? {} : { worst }),
      ...(trend === undefined ? {} : { trend }),
    },
  ];
}

/** One series per test and unit, in order of first measurement. `facts` are in time order. */
export function seriesFrom(facts: readonly Fact[]): readonly Series[] {
  const keyOf = testKeys(facts);
  const tests = groupBy(facts.flatMap(measurementOf), ({ fact }) => keyOf(fact));
  return [...tests.values()].flatMap((values) => {
    const units = [...groupBy(values, ({ quantity }) => unitKey(quantity)).values()];
    return units.flatMap((unit) => seriesOf(unit, units.length > 1));
  });
}

/** The latest value of the same test and unit among older facts: the baseline. */
export function baselineOf(series: Series, older: readonly Fact[]): Measurement | undefined {
  const keyOf = testKeys([...series.values.map(({ fact }) => fact), ...older]);
  const key = keyOf(series.first.fact);
  return older
    .flatMap(measurementOf)
    .findLast(({ fact, quantity }) => keyOf(fact) === key && unitKey(quantity) === unitKey(series.first.quantity));
}
