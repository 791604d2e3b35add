/**
 * Dates as text. FHIR dates are printed in the tenant's zone and language (`17 Mar 2026`, `17.03.2026`); a date without a time
 * has no zone and is printed as it stands. Names of months are our own, so that no locale data of the runtime can change a byte.
 */
import { fill } from "../language/fill.ts";
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";

export interface DatePrinter {
  /** `17 Mar 2026`; `Mar 2026` or `2026` where the chart says no more; undefined for what is no FHIR date. */
  date(value: string | undefined): string | undefined;
  /** `17 Mar 2026 at 09:30`; without a time as `date`. */
  dateTime(value: string | undefined): string | undefined;
  /** Calendar day in the zone, `2026-03-17`, shorter where the chart says less; sorts by time. */
  day(value: string | undefined): string | undefined;
}

interface LocalTime {
  readonly day: string;
  readonly time?: string;
}

const fhirDate = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/u;
const fhirDateTime = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/u;

/**
 * Milliseconds since the epoch; a date without a time counts as its first moment in UTC. Undefined for no FHIR date; charts hold
 * numbers, too, where a date belongs.
 */
export function instantOf(value: string | undefined): number | undefined {
  if (typeof value !== "string" || !(fhirDate.test(value) || fhirDateTime.test(value))) return undefined;
  const zoned = /T.*(?:Z|[+-]\d{2}:\d{2})$/u.test(value) || !value.includes("T") ? value : `${value}Z`;
  const instant = Date.parse(zoned);
  return Number.isNaN(instant) ? undefined : instant;
}

/** True where the value says a time of day; false for what is no text, as charts may hold it. */
export function hasTime(value: unknown): boolean {
  return typeof value === "string" && value.includes("T");
}

/** Order of two FHIR dates by time; an undated thing comes last. */
export function compareTimes(left: string | undefined, right: string | undefined): number {
  const [a, b] = [instantOf(left) ?? Number.MAX_SAFE_INTEGER, instantOf(right) ?? Number.MAX_SAFE_INTEGER];
  return a - b;
}

/** True when `time` lies before `bound`. A date without a time ends with its day: what ended on the day of admission ended in the stay. */
export function liesBefore(time: string, bound: string | undefined): boolean {
  if (typeof bound !== "string" || typeof time !== "string") return false;
  return hasTime(time) ? compareTimes(time, bound) < 0 : time < bound.slice(0, time.length);
}

function printDay(day: string, words: Wording): string | undefined {
  const [year = "", month, paddedDay] = day.split("-");
  if (month === undefined) return year;
  const monthName = words.raw("date.months").split(" ")[Number(month) - 1];
  if (monthName === undefined) return undefined;
  if (paddedDay === undefined) return fill(words.raw("date.month"), { month, monthName, year });
  return fill(words.raw("date.day"), { day: String(Number(paddedDay)), paddedDay, month, monthName, year });
}

/** One for each zone: making one takes longer than all that a hook asks of it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  // hourCycle and en-US fix the shape of the parts; only the zone's offset is taken from the runtime's data.
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  formats.set(timeZone, made);
  return made;
}

/** Printer for one IANA zone and language. Throws RangeError for a zone that does not exist. */
export function createDatePrinter(timeZone: string, words: Wording = english): DatePrinter {
  const format = formatIn(timeZone);
  const known = new Map<string, LocalTime | undefined>();

  function inZone(value: string): LocalTime | undefined {
    const match = fhirDateTime.exec(value);
    if (match === null) return fhirDate.test(value) ? { day: value } : undefined;
    // Without an offset the chart can only mean its own wall clock.
    if (match[3] === undefined) return { day: match[1] ?? "", time: match[2] ?? "" };
    const instant = Date.parse(value);
    if (Number.isNaN(instant)) return undefined;
    const parts = new Map(format.formatToParts(instant).map((part) => [part.type, part.value]));
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
    return {
      day: `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`,
      time: `${part("hour")}:${part("minute")}`,
    };
  }

  function local(value: string | undefined): LocalTime | undefined {
    if (value === undefined) return undefined;
    if (!known.has(value)) known.set(value, inZone(value));
    return known.get(value);
  }

  return {
    date(value) {
      const found = local(value);
      return found === undefined ? undefined : printDay(found.day, words);
    },
    dateTime(value) {
      const found = local(value);
      if (found === undefined) return undefined;
      const date = printDay(found.day, words);
      if (found.time === undefined || date === undefined) return date;
      return words.text("date.dateTime", { date, time: found.time });
    },
    day(value) {
      return local(value)?.day;
    },
  };
}
