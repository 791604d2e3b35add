/** Date parameters of FHIR searches (R4, 3.1.1.4.7), held against a moment: what is written shorter stands for all of its time. */
import { AdapterError } from "../../core/errors.ts";

/** RFC 3339; absent: open on that side. */
export interface Period {
  /** Included. */
  readonly from?: string;
  /** Not included. */
  readonly before?: string;
}

const form =
  /^(?<prefix>[a-z]{2})?(?<day>\d{4}(?:-\d{2}(?:-\d{2})?)?)(?<time>T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u;

function refuse(name: string): AdapterError {
  return new AdapterError("parameter_invalid", {
    at: name,
    message:
      "Give a date, or a time with its zone, with eq, ge, gt, le, lt, sa or eb before it: ge2026-03-18T17:00:00Z.",
  });
}

/** The moment after the last that `day` or `time` stands for, milliseconds. */
function endOf(day: string, time: string | undefined, startMs: number): number {
  if (time !== undefined) {
    const [, seconds, fraction] = /^T\d{2}:\d{2}(:\d{2})?(\.\d+)?/u.exec(time) ?? [];
    if (fraction !== undefined) return startMs + 1;
    return startMs + (seconds === undefined ? 60_000 : 1000);
  }
  const [year = 0, month, date] = day.split("-").map(Number);
  if (month === undefined) return Date.UTC(year + 1, 0);
  return date === undefined ? Date.UTC(year, month) : startMs + 24 * 3600 * 1000;
}

function periodOf(name: string, value: string): Period {
  // A form leaves a `+` of the zone as a space.
  const { prefix = "eq", day = "", time } = form.exec(value.replace(" ", "+"))?.groups ?? {};
  const startMs = Date.parse(`${day}${time ?? ""}`);
  if (Number.isNaN(startMs)) throw refuse(name);
  const [start, end] = [startMs, endOf(day, time, startMs)].map((ms) => new Date(ms).toISOString());
  if (start === undefined || end === undefined) throw refuse(name);
  switch (prefix) {
    case "eq":
      return { from: start, before: end };
    case "ge":
      return { from: start };
    case "gt":
    case "sa":
      return { from: end };
    case "lt":
    case "eb":
      return { before: start };
    case "le":
      return { before: end };
    default:
      throw refuse(name);
  }
}

/** Given more than once, all must hold. Throws 400 for what is no date, or a comparison that is not offered. */
export function datesOf(query: URLSearchParams, name: string): Period {
  const periods = query.getAll(name).map((value) => periodOf(name, value));
  // RFC 3339 in UTC with milliseconds: the order of the texts is that of the times.
  const from = periods.flatMap((one) => one.from ?? []).toSorted();
  const before = periods.flatMap((one) => one.before ?? []).toSorted();
  const [last, first] = [from.at(-1), before[0]];
  return { ...(last === undefined ? {} : { from: last }), ...(first === undefined ? {} : { before: first }) };
}
