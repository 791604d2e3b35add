/** FHIR dates and instants as calendar parts in a zone: what a clinician in that hospital would call the day. */
import type { ClockTime } from "./value.ts";

export interface CalendarDate {
  readonly year: number;
  readonly month?: number;
  readonly day?: number;
  readonly time?: ClockTime;
}

const fhirDate = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/u;

/** Building a formatter costs a hundred times its use; zones are few. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const options = {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  } as const;
  const made = new Intl.DateTimeFormat("en-US", options);
  formatters.set(timeZone, made);
  return made;
}

/** Instants of the charts at hand, read once: a sentence asks for the same few again and again. */
const instants = new Map<string, CalendarDate>();
const mostInstants = 20_000;

function instantIn(timeZone: string, text: string, instant: Date): CalendarDate {
  const key = `${timeZone}|${text}`;
  const known = instants.get(key);
  if (known !== undefined) return known;
  if (instants.size >= mostInstants) instants.clear();
  const read = partsIn(timeZone, instant);
  instants.set(key, read);
  return read;
}

function partsIn(timeZone: string, instant: Date): CalendarDate {
  const parts = Object.fromEntries(
    formatter(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
  return { year, month, day, time: { hour, minute } };
}

/**
 * Calendar parts of a FHIR date, dateTime or instant. A value without an offset is taken as written (it has no zone to be
 * converted from). Undefined where the text is no FHIR date.
 */
export function calendarDate(text: string, timeZone: string): CalendarDate | undefined {
  const match = fhirDate.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, offset] = match;
  if (offset !== undefined) {
    const instant = new Date(text);
    return Number.isNaN(instant.getTime()) ? undefined : instantIn(timeZone, text, instant);
  }
  return {
    year: Number(year),
    ...(month === undefined ? {} : { month: Number(month) }),
    ...(day === undefined ? {} : { day: Number(day) }),
    ...(hour === undefined || minute === undefined ? {} : { time: { hour: Number(hour), minute: Number(minute) } }),
  };
}

/** Days from one calendar date to another; undefined where a day is unknown. */
export function daysBetween(from: CalendarDate, to: CalendarDate): number | undefined {
  if (from.month === undefined || from.day === undefined || to.month === undefined || to.day === undefined)
    return undefined;
  const ordinal = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / 86_400_000;
  return ordinal(to.year, to.month, to.day) - ordinal(from.year, from.month, from.day);
}

/** Completed years from a birth date to a date; undefined where the month or day that decides is unknown. */
export function completedYears(birth: CalendarDate, at: CalendarDate): number | undefined {
  if (birth.month === undefined || birth.day === undefined || at.month === undefined || at.day === undefined)
    return undefined;
  const before = at.month < birth.month || (at.month === birth.month && at.day < birth.day);
  return at.year - birth.year - (before ? 1 : 0);
}
