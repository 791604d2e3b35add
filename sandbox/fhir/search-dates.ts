/** A stretch of time in epoch milliseconds, `end` exclusive; open ends are infinite. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

const pattern =
  /^(?<year>\d{4})(?:-(?<month>\d{2})(?:-(?<day>\d{2})(?:T(?<time>\d{2}:\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d+))?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?)?)?$/u;

/**
 * The range that a FHIR date, dateTime or instant stands for: `2026-03` is the whole of March (search.html#date).
 * A time without zone is taken as UTC, as the sandbox has no other local time.
 *
 * @returns undefined for what is not a date
 */
export function dateRange(text: string): TimeRange | undefined {
  const parts = pattern.exec(text)?.groups;
  const { year, month = "01", day = "01", time = "00:00", second = "00", fraction, zone = "Z" } = parts ?? {};
  if (!parts || !year) return undefined;
  const start = Date.parse(
    `${year}-${month}-${day}T${time}:${second}.${(fraction ?? "").padEnd(3, "0").slice(0, 3)}${zone}`,
  );
  return Number.isNaN(start) ? undefined : { start, end: endOf(start, parts) };
}

function endOf(start: number, parts: Record<string, string | undefined>): number {
  if (parts["fraction"]) return start + 1;
  if (parts["second"]) return start + 1_000;
  if (parts["time"]) return start + 60_000;
  if (parts["day"]) return start + 86_400_000;
  const end = new Date(start);
  if (parts["month"]) end.setUTCMonth(end.getUTCMonth() + 1);
  else end.setUTCFullYear(end.getUTCFullYear() + 1);
  return end.getTime();
}

/** The range of a Period; a missing start or end is open. */
export function periodRange(period: Readonly<Record<string, unknown>>): TimeRange | undefined {
  const start = typeof period["start"] === "string" ? dateRange(period["start"]) : undefined;
  const end = typeof period["end"] === "string" ? dateRange(period["end"]) : undefined;
  return start || end ? { start: start?.start ?? -Infinity, end: end?.end ?? Infinity } : undefined;
}

/** Comparisons of http://hl7.org/fhir/R4/search.html#prefix, `wanted` being the search value's range. */
const comparisons: Readonly<Record<string, (wanted: TimeRange, found: TimeRange) => boolean>> = {
  eq: contains,
  ne: (wanted, found) => !contains(wanted, found),
  gt: (wanted, found) => found.end > wanted.end,
  lt: (wanted, found) => found.start < wanted.start,
  ge: (wanted, found) => found.end > wanted.end || contains(wanted, found),
  le: (wanted, found) => found.start < wanted.start || contains(wanted, found),
  sa: (wanted, found) => found.start >= wanted.end,
  eb: (wanted, found) => found.end <= wanted.start,
  ap: (wanted, found) => found.start < wanted.end && found.end > wanted.start,
};

function contains(wanted: TimeRange, found: TimeRange): boolean {
  return found.start >= wanted.start && found.end <= wanted.end;
}

/**
 * Compiles a date search value such as `ge2026-03-01`.
 *
 * @returns a test of a found range, or undefined when prefix or date is not one
 */
export function dateTest(value: string): ((found: TimeRange) => boolean) | undefined {
  const [, prefix = "eq", date = ""] = /^([a-z]{2})?(.*)$/u.exec(value) ?? [];
  const compare = comparisons[prefix];
  const wanted = dateRange(date);
  return compare && wanted ? (found) => compare(wanted, found) : undefined;
}
