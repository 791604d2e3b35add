/**
 * Dates as days of the stay: `[day 1]` is the day of admission, numbers below 1 lie before it. A model needs the order of
 * events, not the calendar; a whole date beside a rare disease tells who somebody is. Years alone stay.
 */
import { createDatePrinter } from "../../../core/facts/dates.ts";
import { dateRecognisers } from "../../../core/verification/dates.ts";
import type { Value } from "../../../core/verification/value.ts";
import { calendarDate, daysBetween } from "../../../core/verification/zoned-date.ts";

type Dated = Extract<Value, { kind: "date" }>;

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export interface RelativeDays {
  readonly hide: (text: string) => string;
  readonly restore: (text: string) => string;
}

const DAY_MS = 86_400_000;
/** A date that has more than one reading, or is none: nobody can put it back, so a sentence with it falls. */
const unread = "⟨date⟩";
/** What is left of date-like text once all dates that can be read are gone. */
const leftOver =
  /(?<![\p{L}\p{N}.])(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}[/-]\d{1,2}[/-]\d{1,2})(?![\p{L}\p{N}])/gu;

/** The day in the year nearest to the stay, for a date that a note writes without one. */
function withYear({ year, month, day }: Dated, admission: Day): Day | undefined {
  if (month === undefined || day === undefined) return undefined;
  if (year !== undefined) return { year, month, day };
  const candidates = [-1, 0, 1].map((step): Day => ({ year: admission.year + step, month, day }));
  const distance = (date: Day): number => Math.abs(daysBetween(admission, date) ?? Number.MAX_SAFE_INTEGER);
  return candidates.toSorted((a, b) => distance(a) - distance(b))[0];
}

/** `[day 3]`, `[day 3*]` for a date without a year, `[month -14]`; undefined for a bare year, which may stay. */
function markOf(value: Dated, admission: Day): string | undefined {
  const date = withYear(value, admission);
  if (date !== undefined) {
    const days = daysBetween(admission, date);
    // Marked, so that it comes back as it stood: a source that says no year bears out no year.
    return days === undefined ? unread : `[day ${days + 1}${value.year === undefined ? "*" : ""}]`;
  }
  if (value.month === undefined) return undefined;
  if (value.year === undefined) return unread;
  return `[month ${(value.year - admission.year) * 12 + value.month - admission.month}]`;
}

const two = (value: number): string => String(value).padStart(2, "0");

function hideIn(text: string, admission: Day): string {
  let marked = text;
  for (const recognise of dateRecognisers) {
    const found = recognise(marked).filter((value): value is Dated => value.kind === "date");
    // A range is two dates at one place: the first is printed, and the second behind it.
    const places = Map.groupBy(found, ({ span }) => span.start);
    for (const [start, dates] of [...places].toSorted(([a], [b]) => b - a)) {
      const marks = dates.map((value) => markOf(value, admission));
      const { span, time } = dates[0] ?? { span: { start, end: start } };
      if (marks.some((mark) => mark === undefined)) continue;
      const clock = time === undefined ? "" : ` at ${two(time.hour)}:${two(time.minute)}`;
      marked = `${marked.slice(0, start)}${marks.join(" to ")}${clock}${marked.slice(span.end)}`;
    }
  }
  return marked.replaceAll(leftOver, unread);
}

/** Days counted from the admission in the tenant's zone. Without an admission every date is unreadable to us, and goes. */
export function createRelativeDays(admittedAt: string | undefined, timeZone: string): RelativeDays {
  const { year, month, day } = calendarDate(admittedAt ?? "", timeZone) ?? {};
  if (year === undefined || month === undefined || day === undefined)
    return { hide: (text) => text.replaceAll(leftOver, unread), restore: (text) => text };
  const admission: Day = { year, month, day };
  const print = createDatePrinter(timeZone);
  const start = Date.UTC(year, month - 1, day);
  const dayOf = (number: number): string | undefined => {
    const at = new Date(start + (number - 1) * DAY_MS);
    return Number.isNaN(at.getTime()) ? undefined : print.date(at.toISOString().slice(0, 10));
  };
  const monthOf = (number: number): string | undefined => {
    const at = new Date(Date.UTC(year, month - 1 + number, 1));
    return Number.isNaN(at.getTime()) ? undefined : print.date(at.toISOString().slice(0, 7));
  };
  return {
    hide: (text) => hideIn(text, admission),
    restore: (text) =>
      text
        .replaceAll(/\[day (-?\d{1,6})(\*?)\]/gu, (mark, number: string, star: string) => {
          const date = dayOf(Number(number));
          return (star === "" ? date : date?.replace(/ \d{4}$/u, "")) ?? mark;
        })
        .replaceAll(/\[month (-?\d{1,5})\]/gu, (mark, number: string) => monthOf(Number(number)) ?? mark),
  };
}
