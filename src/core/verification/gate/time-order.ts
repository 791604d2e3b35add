/** First and last, before and after, on admission and at discharge: the order that a sentence claims is the chart's. */
import type { Fact } from "../../chart/facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { synonymStems } from "./narrative-words.ts";
import { stemsOf } from "./words.ts";
import { amountOf, mentionAt, seriesOf, sourcesOf } from "./same-thing.ts";
import { supportsValue } from "../support.ts";
import type { DateValue, NumberValue, Value } from "../value.ts";
import { calendarDate } from "../zoned-date.ts";
import type { CalendarDate } from "../zoned-date.ts";

const dayOf = ({ year = 0, month = 0, day = 0 }: { year?: number; month?: number; day?: number }): number =>
  (year * 13 + month) * 32 + day;

const isWhole = (value: Value): value is DateValue =>
  value.kind === "date" && value.year !== undefined && value.month !== undefined && value.day !== undefined;

const spanned = /\b(?:from|between|first)\b/iu;

/** "From A to B", "first on A and last on B": A is not after B. */
export const keepsDatesInOrder: GateCheck = ({ text, values }) => {
  const dates = values.filter(isWhole);
  return dates.flatMap((date, index): readonly GateFailure[] => {
    const next = dates[index + 1];
    if (next === undefined || dayOf(date) <= dayOf(next)) return [];
    const start = dates[index - 1]?.span.end ?? 0;
    const falls =
      spanned.test(text.slice(start, date.span.start)) &&
      /\b(?:to|until|till|through|and|last)\b/iu.test(text.slice(date.span.end, next.span.start));
    return falls
      ? [{ kind: "order", value: `${date.text} ${next.text}`, span: { start: date.span.start, end: next.span.end } }]
      : [];
  });
};

function timesOf(label: string, facts: readonly Fact[], timeZone: string): readonly number[] {
  return facts
    .filter(
      (fact) =>
        fact.label === label && fact.time !== undefined && fact.kind !== "medication" && fact.status !== "not-done",
    )
    .flatMap((fact) => {
      const date = calendarDate(fact.time ?? "", timeZone);
      return date === undefined ? [] : [dayOf(date)];
    });
}

/** So much of the evidence's own wording makes "first" and "last" its claim and not the sentence's. */
const ownLength = 20;

/** "First given on A": no day of the chart is earlier; "last on B": none is later. */
export const firstAndLast: GateCheck = ({ text, values, facts, mentions, chartFacts, timeZone }) => {
  const dates = values.filter(isWhole);
  return [...text.matchAll(/\b(?<rank>first|last)\b(?!\s+(?:degree|stage|trimester|time))/giu)].flatMap(
    (match): readonly GateFailure[] => {
      const own = text.slice(match.index, match.index + ownLength).toLowerCase();
      if (facts.some((fact) => fact.text.toLowerCase().includes(own))) return [];
      const date = dates.find(({ span }) => span.start > match.index);
      const mention = mentionAt(mentions, match.index);
      const failed = [
        { kind: "order", value: match[0], span: { start: match.index, end: match.index + match[0].length } },
      ] as const;
      if (date === undefined || mention === undefined) return failed;
      const isFirst = match.groups?.["rank"]?.toLowerCase() === "first";
      const days = [...mention.labels].flatMap((label) => timesOf(label, chartFacts, timeZone));
      const bound = isFirst ? Math.min(...days) : Math.max(...days);
      return days.length > 0 && bound === dayOf(date) ? [] : failed;
    },
  );
};

const when = String.raw`when\s+(?:she|he|the\s+patient)\s+`;
const atAdmission = new RegExp(
  String.raw`\b(?:(?:on|at|upon)\s+(?:admission|arrival|presentation)|initial(?:ly)?|admission(?=\s+\p{L}+\s+(?:was|of))|${when}(?:was\s+admitted|arrived|presented|came))\b`,
  "giu",
);
const atDischarge = new RegExp(
  String.raw`\b(?:(?:on|at|by|upon)\s+discharge|final(?:ly)?|before\s+discharge|${when}(?:was\s+discharged|left|went\s+home))\b`,
  "giu",
);

/** So long before the discharge a value is no longer one "at discharge". */
const longestAgoDays = 2;

/** A last value of days before is the last there is, and none of the day on which the patient left. */
function isLongAgo(fact: Fact, { chart, timeZone }: CitedSentence): boolean {
  const [left, measured] = [chart.encounter.period?.end, fact.time].map((time) => calendarDate(time ?? "", timeZone));
  if (left === undefined || measured === undefined) return false;
  const days = ({ year, month = 1, day = 1 }: CalendarDate): number => Date.UTC(year, month - 1, day) / 86_400_000;
  return days(left) - days(measured) > longestAgoDays;
}

function isBound(number: NumberValue, sentence: CitedSentence, end: "first" | "last"): boolean {
  return sourcesOf(number, sentence)
    .filter(({ kind }) => kind === "result" || kind === "vital")
    .every((fact) => {
      const series = seriesOf(fact, sentence.chartFacts);
      const bound = end === "first" ? series[0] : series.at(-1);
      if (bound === undefined) return true;
      return amountOf(bound)?.value === number.value && (end === "first" || !isLongAgo(bound, sentence));
    });
}

/** A value "on admission" is the stay's first, one "at discharge" its last: of the number nearest to the words. */
export const boundsOfTheStay: GateCheck = (sentence) => {
  const numbers = sentence.values.filter((value) => value.kind === "number");
  const nearest = (place: number): NumberValue | undefined =>
    numbers.toSorted((a, b) => Math.abs(a.span.start - place) - Math.abs(b.span.start - place))[0];
  const wrong = (pattern: RegExp, end: "first" | "last"): readonly GateFailure[] =>
    failEach("order", sentence.text, pattern).filter(({ span }) => {
      const number = nearest(span.start);
      return number !== undefined && !isBound(number, sentence, end);
    });
  return [...wrong(atAdmission, "first"), ...wrong(atDischarge, "last")];
};

const sequence = /\b(?<word>before|prior\s+to|after|following|then|thereafter|subsequently|later|followed\s+by)\b/giu;
const stayEvent = /^\s+(?:the\s+|this\s+)?(?:admission|discharge|hospitali[sz]ation|arrival)\b/iu;

/** The records that a mention speaks of: those of the value that is told of it, else all of its name. */
function timesAt(mention: Mention, place: number, sentence: CitedSentence): readonly string[] {
  const named = sentence.cited.filter(({ fact }) => mention.labels.has(fact.label) && fact.time !== undefined);
  const value = sentence.values.find(
    (read) => read.kind === "number" && read.span.start >= mention.end && read.span.end <= place,
  );
  const valued = value === undefined ? [] : named.filter(({ values }) => supportsValue(value, values));
  return (valued.length > 0 ? valued : named).flatMap(({ fact }) => fact.time ?? []);
}

const hasHour = (time: string): boolean => time.includes("T");

/** True where some earlier one lies before some later one: by the hour where both have one, else by the day. */
function someBefore(earlier: readonly string[], later: readonly string[], timeZone: string): boolean {
  const day = (time: string): number => dayOf(calendarDate(time, timeZone) ?? {});
  return earlier.some((one) =>
    later.some((other) =>
      hasHour(one) && hasHour(other) ? Date.parse(one) <= Date.parse(other) : day(one) <= day(other),
    ),
  );
}

/** The record's own order: its text has the word, and both that stand on its sides. */
function tellsOrder(text: string, word: string, ends: readonly (Mention | undefined)[]): boolean {
  if (!text.toLowerCase().includes(word)) return false;
  const stems = new Set(stemsOf(text).flatMap(synonymStems));
  return ends.every((end) => end === undefined || end.kinds.has("stay") || end.stems.every((stem) => stems.has(stem)));
}

/** "A before B": some cited day of A is not later than some day of B. Undated things have no order and are refused. */
export const followsTheChart: GateCheck = (sentence) =>
  [...sentence.text.matchAll(sequence)].flatMap((match): readonly GateFailure[] => {
    const end = match.index + match[0].length;
    if (stayEvent.test(sentence.text.slice(end))) return [];
    const left = sentence.mentions.findLast((mention) => mention.end <= match.index);
    const right = sentence.mentions.find((mention) => mention.start >= end);
    const word = match.groups?.["word"]?.toLowerCase() ?? "";
    // "Admitted after a fall": what brings somebody in lies before the admission, dated or not.
    if (/^(?:after|following)$/u.test(word) && left?.kinds.has("stay") === true && right?.kinds.has("reason") === true)
      return [];
    if (sentence.facts.some(({ text }) => tellsOrder(text, word, [left, right]))) return [];
    const before = left === undefined ? [] : timesAt(left, match.index, sentence);
    const after = right === undefined ? [] : timesAt(right, sentence.text.length, sentence);
    const [earlier, later] = word === "after" || word === "following" ? [after, before] : [before, after];
    const holds = someBefore(earlier, later, sentence.timeZone);
    return holds ? [] : [{ kind: "order", value: match[0], span: { start: match.index, end } }];
  });
