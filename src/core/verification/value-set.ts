/** The values that a resource, or several, contain: what sentences are held against. */
import type { Value } from "./value.ts";
import type { CalendarDate } from "./zoned-date.ts";

export interface KnownNumber {
  readonly value: number;
  readonly decimals: number;
  /** Canonical units under which the number stands: the printed one and the UCUM code. Empty where it has none. */
  readonly units: readonly string[];
  readonly comparator?: "<" | ">";
  /** A bound of a reference range or of a dose may be printed with or without its sign. */
  readonly bound?: "<" | ">";
  /** Stands in a reference range: true of the laboratory, not of the patient. */
  readonly ofRange?: true;
}

export interface ValueSet {
  readonly numbers: readonly KnownNumber[];
  /** In the tenant's zone. */
  readonly dates: readonly CalendarDate[];
  /** The same instants in UTC, for texts that say UTC. */
  readonly utcDates: readonly CalendarDate[];
  /** `kind:key` of every frequency, relative time, term, side and negation. */
  readonly keys: ReadonlySet<string>;
  /** Every word, in lower case. */
  readonly words: ReadonlySet<string>;
  /** The resource itself says that the thing is not so: refuted, not done, not detected, do not perform. */
  readonly negative: boolean;
}

/** Filled while a resource is read; then frozen by its type. */
export interface ValueCollector {
  readonly numbers: KnownNumber[];
  readonly dates: CalendarDate[];
  readonly utcDates: CalendarDate[];
  readonly keys: Set<string>;
  readonly words: Set<string>;
  negative: boolean;
}

export function emptyCollector(): ValueCollector {
  return { numbers: [], dates: [], utcDates: [], keys: new Set(), words: new Set(), negative: false };
}

const word = /\p{L}[\p{L}\p{M}]*/gu;

/** Lower-case words of a text. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(word) ?? [];
}

function calendarPart(value: Extract<Value, { kind: "date" }>, year: number): CalendarDate {
  return {
    year,
    ...(value.month === undefined ? {} : { month: value.month }),
    ...(value.day === undefined ? {} : { day: value.day }),
    ...(value.time === undefined ? {} : { time: value.time }),
  };
}

/** Adds one value that was read out of a text of the resource. */
export function addExtracted(into: ValueCollector, value: Value): void {
  switch (value.kind) {
    case "number": {
      const { value: number, decimals, unit, comparator } = value;
      into.numbers.push({
        value: number,
        decimals,
        units: unit === undefined ? [] : [unit],
        ...(comparator === undefined ? {} : { comparator }),
      });
      return;
    }
    case "date": {
      // A text's date without a year is kept by its key, so that it bears out itself and nothing more.
      if (value.year === undefined) into.keys.add(partialDateKey(value));
      else (value.utc ? into.utcDates : into.dates).push(calendarPart(value, value.year));
      return;
    }
    case "time":
      into.keys.add(timeKey(value));
      return;
    default:
      into.keys.add(`${value.kind}:${value.key}`);
  }
}

export function partialDateKey(value: Extract<Value, { kind: "date" }>): string {
  return `date:${value.month ?? ""}-${value.day ?? ""}`;
}

export function timeKey(value: Extract<Value, { kind: "time" }>): string {
  return `time:${value.time.hour}:${value.time.minute}${value.utc ? "Z" : ""}`;
}

/** Everything that any of the sets contains. `negative` only where all of them say so. */
export function unite(sets: readonly ValueSet[]): ValueSet {
  return {
    numbers: sets.flatMap((set) => set.numbers),
    dates: sets.flatMap((set) => set.dates),
    utcDates: sets.flatMap((set) => set.utcDates),
    keys: new Set(sets.flatMap((set) => [...set.keys])),
    words: new Set(sets.flatMap((set) => [...set.words])),
    negative: sets.length > 0 && sets.every((set) => set.negative),
  };
}
