/**
 * A value and the date it is given ("1.71 mg/dL on 18 Mar 2026") must stand in one and the same resource: where a sentence
 * cites a series, every single value and every single date of it may be true and the sentence false.
 */
import type { DateValue, NumberValue, Value } from "./value.ts";
import type { ValueSet } from "./value-set.ts";
import { supportsValue } from "./support.ts";

/** What may stand between a value and its date: a remark in brackets and "on" or "at", or a bracket that holds the date. */
const joining = /^\s*(?:(?:\([^()]{0,60}\)\s*)?(?:on|at)\s+|\()$/u;

/** Values with the date that directly follows them. */
function datedNumbers(text: string, values: readonly Value[]): readonly (readonly [NumberValue, DateValue])[] {
  const numbers = values.filter((value) => value.kind === "number");
  const dates = values.filter((value) => value.kind === "date");
  return numbers.flatMap((number) => {
    const date = dates.find(
      ({ span }) => span.start > number.span.end && joining.test(text.slice(number.span.end, span.start)),
    );
    return date === undefined ? [] : [[number, date] as const];
  });
}

/** Numbers whose date stands in another of the cited resources than they do. `parts` holds one set for each citation. */
export function mispairedNumbers(
  text: string,
  values: readonly Value[],
  parts: readonly ValueSet[],
): readonly NumberValue[] {
  return datedNumbers(text, values)
    .filter(([number, date]) => !parts.some((part) => supportsValue(number, part) && supportsValue(date, part)))
    .map(([number]) => number);
}
