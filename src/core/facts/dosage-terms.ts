/**
 * What a dosage instruction codes besides dose, route and how often: on which days and hours, how fast, for how long,
 * how much at most. "40 mg once daily" for "40 mg once daily for 3 days" is another prescription.
 */
import type { Dosage, Quantity, Timing } from "fhir/r4.js";
import { list, numberOf, textOf } from "../chart/readable.ts";
import type { MessageKey } from "../language/messages.ts";
import type { Wording } from "../language/wording.ts";
import { conceptName } from "./concept.ts";
import { printNumber, printQuantity, readQuantity } from "./quantity.ts";

/** One such term as printed, and how to tell that the prescriber's own words have it already. */
export interface DosageTerm {
  readonly text: string;
  readonly said: RegExp;
  /** Words of the chart's own: a patient reads them as written, not as told. */
  readonly free?: boolean;
  /** Said behind the rest, after a comma. */
  readonly behind?: boolean;
}

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const anyWeekday = /\b(?:mon|tues?|wed|thu|fri|sat|sun)|\b(?:mo|di|mi|do|fr|sa|so)\b|tags?\b.*\bwoche/iu;

/** Days of the week on which alone the dose is taken, in the order of the week; empty for every day. */
export function weekdaysOf(repeat: Timing["repeat"]): readonly (typeof weekdays)[number][] {
  const named = weekdays.filter((day) => list(repeat?.dayOfWeek).includes(day));
  return named.length === weekdays.length ? [] : named;
}

function quantityTerm(
  quantity: Quantity | undefined,
  words: Wording,
  write: (printed: string) => string,
): readonly DosageTerm[] {
  const read = readQuantity(quantity);
  if (read === undefined) return [];
  return [
    { text: write(printQuantity(read, words)), said: new RegExp(String.raw`(?<![\d.])${read.value}(?![\d.])`, "u") },
  ];
}

const spans = new Map<string, readonly [one: MessageKey, many: MessageKey]>([
  ["s", ["unit.second", "unit.seconds"]],
  ["min", ["unit.minute", "unit.minutes"]],
  ["h", ["unit.hour", "unit.hours"]],
  ["d", ["unit.day", "unit.days"]],
  ["wk", ["unit.week", "unit.weeks"]],
  ["mo", ["unit.month", "unit.months"]],
  ["a", ["unit.year", "unit.years"]],
]);

/** `3 days`; a unit that is none of time as it is. */
function span(value: number, unit: string | undefined, words: Wording): string {
  const number = printNumber(value, words);
  const [one, many] = spans.get(unit ?? "") ?? [];
  if (one === undefined || many === undefined) return unit === undefined ? number : `${number} ${unit}`;
  return `${number} ${words.raw(value === 1 ? one : many)}`;
}

/** `day` for one day, `8 hours` for eight: what an amount is "per". */
function per(quantity: Quantity | undefined, words: Wording): string | undefined {
  const read = readQuantity(quantity);
  if (read === undefined) return undefined;
  const unit = read.code ?? read.unit;
  const [one] = spans.get(unit ?? "") ?? [];
  return read.value === 1 && one !== undefined ? words.raw(one) : span(read.value, unit, words);
}

function timingTerms(repeat: Timing["repeat"], words: Wording): readonly DosageTerm[] {
  const days = weekdaysOf(repeat);
  const hours = list(repeat?.timeOfDay).flatMap((time) => textOf(time)?.slice(0, 5) ?? []);
  const over = numberOf(repeat?.duration);
  const count = numberOf(repeat?.count);
  const bounds = repeat?.boundsDuration;
  const length = numberOf(bounds?.value);
  return [
    ...(days.length === 0
      ? []
      : [
          {
            text: words.text("dosage.onDays", { days: words.list(days.map((day) => words.text(`weekday.${day}`))) }),
            said: anyWeekday,
          },
        ]),
    ...(hours.length === 0
      ? []
      : [{ text: words.text("dosage.atHours", { hours: words.list(hours) }), said: /\d:\d\d|\d ?[ap]m\b|\buhr\b/iu }]),
    ...(over === undefined
      ? []
      : [
          {
            text: words.text("dosage.over", { span: span(over, textOf(repeat?.durationUnit), words) }),
            said: /\bover\b|\büber\b/iu,
          },
        ]),
    ...(length === undefined
      ? []
      : [
          {
            text: words.text("dosage.lasting", {
              span: span(length, textOf(bounds?.code) ?? textOf(bounds?.unit), words),
            }),
            said: new RegExp(
              String.raw`(?<![\d.])${length}(?:\s?-\s?|\s?)(?:d|days?|w|wks?|weeks?|mo|months?|tage?n?|wochen?|monate?n?)\b`,
              "iu",
            ),
          },
        ]),
    ...(count === undefined
      ? []
      : [{ text: words.text("dosage.count", { count: String(count) }), said: /\bdos(?:es?|en)\b|\bgaben?\b/iu }]),
  ];
}

function mostTerms(dosage: Dosage, words: Wording): readonly DosageTerm[] {
  const said = /\bmax|\bexceed|\b(?:no|not) more\b|\bup to\b|\bhöchst|\bnicht mehr als\b/iu;
  const denominator = dosage.maxDosePerPeriod?.denominator;
  const period = per(denominator, words);
  const isDaily = numberOf(denominator?.value) === 1 && textOf(denominator?.code ?? denominator?.unit) === "d";
  return [
    ...quantityTerm(dosage.maxDosePerPeriod?.numerator, words, (most) =>
      isDaily ? words.text("dosage.mostDaily", { most }) : words.text("dosage.most", { most, period }),
    ),
    ...quantityTerm(dosage.maxDosePerAdministration, words, (most) => words.text("dosage.mostEach", { most })),
    ...quantityTerm(dosage.maxDosePerLifetime, words, (most) => words.text("dosage.mostEver", { most })),
  ].map((term) => ({ ...term, said, behind: true }));
}

function rateTerms(dosage: Dosage, words: Wording): readonly DosageTerm[] {
  const [given] = list(dosage.doseAndRate);
  const { numerator, denominator } = given?.rateRatio ?? {};
  const period = per(denominator, words);
  return [
    ...quantityTerm(given?.rateQuantity, words, (rate) => words.text("dosage.rate", { rate })),
    ...quantityTerm(numerator, words, (rate) => words.text("dosage.rate", { rate, period })),
  ];
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);

function advice(name: string | undefined): readonly DosageTerm[] {
  return name === undefined ? [] : [{ text: name, said: new RegExp(escaped(name), "iu"), free: true, behind: true }];
}

/** All such terms of an instruction, in the order in which they are said. */
export function dosageTerms(dosage: Dosage, words: Wording): readonly DosageTerm[] {
  return [
    ...timingTerms(dosage.timing?.repeat, words),
    ...rateTerms(dosage, words),
    ...mostTerms(dosage, words),
    ...list(dosage.additionalInstruction).flatMap((instruction) => advice(conceptName(instruction))),
  ];
}
