/** What can be true or false in a sentence: numbers, dates, frequencies, names, sides and negations, each with its place. */

/** Half-open range of UTF-16 code units in the text the value was found in. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Found {
  readonly span: Span;
  /** As written. */
  readonly text: string;
}

export interface NumberValue extends Found {
  readonly kind: "number";
  readonly value: number;
  /** Digits after the decimal point, as written. */
  readonly decimals: number;
  /** Canonical unit (units.ts); absent where none is written. */
  readonly unit?: string;
  /** `<` also stands for "at most", `>` for "at least": which of the two a laboratory prints is not a clinical difference. */
  readonly comparator?: "<" | ">";
}

export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
}

/** A calendar date of which at least one part is written; a missing part is unknown, not zero. */
export interface DateValue extends Found {
  readonly kind: "date";
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
  readonly time?: ClockTime;
  /** The text says UTC, so it is compared in UTC and not in the tenant's zone. */
  readonly utc: boolean;
}

export interface TimeValue extends Found {
  readonly kind: "time";
  readonly time: ClockTime;
  readonly utc: boolean;
}

/** A value that is compared by a canonical key. */
export interface KeyedValue extends Found {
  /**
   * `relative`: a time told from another ("yesterday", "hospital day 3"); `frequency`: how often; `term`: letters and
   * digits that are a name ("A1c", "COVID-19", "stage III"); `unparsed`: digits that no rule understands.
   */
  readonly kind: "relative" | "frequency" | "drug" | "laterality" | "negation" | "term" | "unparsed";
  readonly key: string;
}

export type Value = NumberValue | DateValue | TimeValue | KeyedValue;
export type ValueKind = Value["kind"];

/** A recogniser finds one family of values in a text. Positions that an earlier recogniser took are blanked. */
export type Recogniser = (text: string) => readonly Value[];

/** Stands in for a character already taken: neither letter, digit, space nor punctuation, so no pattern runs across it. */
const takenCharacter = "\uE000";

/** The text with the spans blanked, at the same length. Spans may overlap and come in any order. */
export function blank(text: string, spans: readonly Span[]): string {
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    pieces.push(
      text.slice(done, Math.max(done, start)),
      takenCharacter.repeat(Math.max(0, end - Math.max(done, start))),
    );
    done = Math.max(done, end);
  }
  return pieces.join("") + text.slice(done);
}

/** Several recognisers as one: each sees what those before it left. */
export function inTurn(recognisers: readonly Recogniser[]): Recogniser {
  return (text) => {
    const values: Value[] = [];
    let rest = text;
    for (const recognise of recognisers) {
      const found = recognise(rest);
      if (found.length === 0) continue;
      values.push(...found);
      rest = blank(
        rest,
        found.map(({ span }) => span),
      );
    }
    return values;
  };
}

/**
 * One pattern that matches wherever any of `patterns` does: most sentences hold nothing of a large family, and one look
 * that finds nothing is cheaper than thirty. Groups lose their names, which may stand once in a pattern only.
 */
export function anyOf(patterns: readonly RegExp[], flags: string): RegExp {
  return new RegExp(
    patterns.map(({ source }) => `(?:${source.replaceAll(/\(\?<(?![=!])[^>]+>/gu, "(?:")})`).join("|"),
    flags,
  );
}

/** Span and text of a regular expression's match. */
export function found(match: RegExpExecArray): Found {
  return { span: { start: match.index, end: match.index + match[0].length }, text: match[0] };
}
