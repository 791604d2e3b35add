/** What a number of a sentence is a value of, and the chart's other values of the same thing. */
import type { Fact } from "../../chart/facts.ts";
import type { CitedSentence } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";
import { supportsValue } from "../support.ts";
import type { NumberValue } from "../value.ts";

/** The value that a fact holds: a result's, or a dose's. */
export function amountOf({
  quantity,
  medication,
}: Fact): { readonly value: number; readonly unit?: string } | undefined {
  return quantity ?? medication?.dose;
}

/** The name nearest in front of a place, else the first behind it; stays have no values. */
export function mentionAt(mentions: readonly Mention[], place: number): Mention | undefined {
  const measured = mentions.filter(({ kinds }) => !kinds.has("stay"));
  return measured.findLast(({ start }) => start <= place) ?? measured[0];
}

/** The cited facts that a number is taken from. */
export function sourcesOf(number: NumberValue, { cited, mentions }: CitedSentence): readonly Fact[] {
  const mention = mentionAt(mentions, number.span.start);
  return cited
    .filter(({ fact, values }) => (mention === undefined || isNamedAt(fact, mention)) && supportsValue(number, values))
    .map(({ fact }) => fact)
    .filter((fact) => amountOf(fact) !== undefined);
}

const isSameThing = (a: Fact, b: Fact): boolean =>
  a.medication === undefined || b.medication === undefined
    ? a.label === b.label
    : a.medication.ingredients.join() === b.medication.ingredients.join();

/** The chart's values of the same thing in the same unit within the stay, in the order of their times. */
export function seriesOf(fact: Fact, chartFacts: readonly Fact[]): readonly Fact[] {
  const unit = amountOf(fact)?.unit;
  return chartFacts
    .filter((other) => isSameThing(other, fact) && amountOf(other)?.unit === unit && other.period === "this-stay")
    .toSorted((a, b) => (a.time ?? "").localeCompare(b.time ?? ""));
}
