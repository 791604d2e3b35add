/** Whether a set of values bears out one value of a sentence. */
import { isDrugBehind } from "./drugs.ts";
import type { DateValue, NumberValue, TimeValue, Value } from "./value.ts";
import type { KnownNumber, ValueSet } from "./value-set.ts";
import { partialDateKey, timeKey } from "./value-set.ts";
import type { CalendarDate } from "./zoned-date.ts";

/**
 * Equal, or a fair print of a value that carries more digits than anybody prints (1.7083333333 as 1.71): the stored value
 * must have four decimals or more, so that 1.7 never stands for 1.71.
 */
function isSameNumber(written: NumberValue, known: KnownNumber): boolean {
  if (written.value === known.value) return true;
  if (known.decimals < 4 || (written.decimals === 0 && Math.abs(known.value) < 100)) return false;
  const scale = 10 ** written.decimals;
  return Math.round(known.value * scale) / scale === written.value;
}

function hasSameUnit(written: NumberValue, known: KnownNumber): boolean {
  return written.unit === undefined || known.units.includes(written.unit);
}

function hasSameComparator(written: NumberValue, known: KnownNumber): boolean {
  if (written.comparator === undefined) return known.comparator === undefined;
  return written.comparator === known.comparator || written.comparator === known.bound;
}

function isYear(written: NumberValue): boolean {
  return written.unit === undefined && Number.isInteger(written.value) && written.value >= 1900 && written.value < 2100;
}

function supportsNumber(written: NumberValue, set: ValueSet): boolean {
  if (isYear(written) && set.dates.some(({ year }) => year === written.value)) return true;
  return set.numbers.some(
    (known) => isSameNumber(written, known) && hasSameUnit(written, known) && hasSameComparator(written, known),
  );
}

const isSameTime = (a: { hour: number; minute: number }, b: CalendarDate["time"]): boolean =>
  a.hour === b?.hour && a.minute === b.minute;

/** Every part that is written must be known and equal. */
function isSameDate(written: DateValue, known: CalendarDate): boolean {
  return (
    (written.year === undefined || written.year === known.year) &&
    (written.month === undefined || written.month === known.month) &&
    (written.day === undefined || written.day === known.day) &&
    (written.time === undefined || isSameTime(written.time, known.time))
  );
}

function supportsDate(written: DateValue, set: ValueSet): boolean {
  const known = written.utc ? set.utcDates : set.dates;
  return (
    known.some((date) => isSameDate(written, date)) ||
    (written.year === undefined && set.keys.has(partialDateKey(written)))
  );
}

function supportsTime(written: TimeValue, set: ValueSet): boolean {
  const known = written.utc ? set.utcDates : set.dates;
  return known.some((date) => isSameTime(written.time, date.time)) || set.keys.has(timeKey(written));
}

/** True when `set` contains the value. `unparsed` is never contained: what cannot be read cannot be verified. */
export function supportsValue(value: Value, set: ValueSet): boolean {
  switch (value.kind) {
    case "number":
      return supportsNumber(value, set);
    case "date":
      return supportsDate(value, set);
    case "time":
      return supportsTime(value, set);
    case "drug":
      return set.words.has(value.key) || isDrugBehind(value.key, set.words);
    case "unparsed":
      return false;
    default:
      return set.keys.has(`${value.kind}:${value.key}`);
  }
}
