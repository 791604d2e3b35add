/** What the chart's medication lists say of one medicine, whichever of its entries a sentence cites. */
import type { Fact } from "../../chart/facts.ts";
import { canonicalUnit } from "../../facts/units.ts";
import { valuesOfText } from "../resource-values.ts";
import { supportsValue } from "../support.ts";
import type { DateValue, Value } from "../value.ts";
import { calendarDate } from "../zoned-date.ts";
import type { CitedFact } from "./cited-facts.ts";

const sharesIngredient = (a: Fact, b: Fact): boolean =>
  a.medication !== undefined &&
  b.medication !== undefined &&
  a.medication.ingredients.some((name) => b.medication?.ingredients.includes(name) === true);

const entriesOn = (fact: Fact, chartFacts: readonly Fact[], list: "home" | "discharge"): readonly Fact[] =>
  chartFacts.filter(
    (other) => sharesIngredient(other, fact) && other.medication?.list === list && other.status === "active",
  );

/** True where the medicine stands on that list, under any name. */
export function isOnList(fact: Fact, chartFacts: readonly Fact[], list: "home" | "discharge"): boolean {
  return entriesOn(fact, chartFacts, list).length > 0;
}

/** True where a home list or the time before the stay has the medicine, whatever became of it. */
export function wasTakenBefore(fact: Fact, chartFacts: readonly Fact[]): boolean {
  return chartFacts.some(
    (other) => sharesIngredient(other, fact) && (other.medication?.list === "home" || other.period === "before"),
  );
}

const routeOf = ({ medication }: Fact): string | undefined => medication?.route?.toLowerCase();

/** True where the hospital gave by another route what was taken at home: that form of it was started here. */
export function isByAnotherRoute(fact: Fact, chartFacts: readonly Fact[]): boolean {
  const route = routeOf(fact);
  const home = entriesOn(fact, chartFacts, "home").map(routeOf);
  return fact.medication?.list === "inpatient" && route !== undefined && !home.includes(route);
}

/**
 * True where a day that is named is the day of the first dose, or of the first order of the stay; an order for the way home is
 * written long after the first dose was given.
 */
export function isFirstDay(fact: Fact, values: readonly Value[], chartFacts: readonly Fact[]): boolean {
  const day = values.find((value): value is DateValue => value.kind === "date" && value.day !== undefined);
  if (day === undefined) return true;
  const times = (kind: Fact["kind"], list?: string): readonly string[] =>
    chartFacts
      .filter((other) => other.kind === kind && sharesIngredient(other, fact) && other.period === "this-stay")
      .filter(({ status, medication }) => status !== "not-done" && (list === undefined || medication?.list === list))
      .flatMap(({ time }) => time ?? [])
      .toSorted((a, b) => a.localeCompare(b));
  const firsts = [times("administration")[0], times("medication", "inpatient")[0]].filter((time) => time !== undefined);
  return firsts.length === 0 || firsts.some((time) => sameDay(day, time));
}

/**
 * True where an entry's own dose is that value, or where the two cannot be compared (another unit, no coded dose): the
 * strength of a tablet is another thing than the dose, 2.5 mg of a 5 mg tablet.
 */
export function isDoseOf(value: Value, { medication }: Fact): boolean {
  const dose = medication?.dose;
  if (value.kind !== "number" || dose?.unit === undefined || value.unit === undefined) return true;
  return canonicalUnit(dose.unit) !== value.unit || dose.value === value.value;
}

function hasDose(fact: Fact, values: readonly Value[]): boolean {
  const own = valuesOfText(fact.text);
  return values.every((value) => isDoseOf(value, fact) && supportsValue(value, own));
}

/** A dose that goes on is the dose of both lists: what was halved at the discharge was not continued. */
export function continuesIn(fact: Fact, values: readonly Value[], chartFacts: readonly Fact[]): boolean {
  return (["home", "discharge"] as const).every((list) =>
    entriesOn(fact, chartFacts, list).some((entry) => hasDose(entry, values)),
  );
}

const sameDay = (written: DateValue, instant: string | undefined): boolean => {
  // The zone does not matter here: an instant carries its own offset, and the day that it prints is the hospital's.
  const date = calendarDate(instant?.slice(0, 10) ?? "", "UTC");
  return date !== undefined && date.day === written.day && date.month === written.month;
};

/** True for "stopped on DAY" where doses were given after that day: an order's date is the day it was written, a dose's no end. */
export function isSupersededEnd({ fact }: CitedFact, values: readonly Value[], chartFacts: readonly Fact[]): boolean {
  const day = values.find((value): value is DateValue => value.kind === "date" && value.day !== undefined);
  if (day === undefined) return false;
  const given = chartFacts
    .filter((other) => other.kind === "administration" && other.status === "completed" && sharesIngredient(other, fact))
    .map(({ time }) => time ?? "")
    .toSorted((a, b) => a.localeCompare(b));
  const last = calendarDate(given.at(-1)?.slice(0, 10) ?? "", "UTC");
  if (last === undefined) return false;
  const rank = ({ month = 0, day: on = 0 }: { readonly month?: number; readonly day?: number }): number =>
    month * 32 + on;
  return rank(day) < rank(last);
}
