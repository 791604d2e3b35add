/** Every number, unit, date, frequency, drug and side of a model's sentence must stand in what it cites. */
import type { GateCheck } from "./check.ts";
import { mispairedNumbers } from "../pairs.ts";
import { supportsValue } from "../support.ts";

/** Denials are the business of the assertion check, which knows what is denied. */
export const holdsOnlyCitedValues: GateCheck = ({ values, evidence }) =>
  values
    .filter((value) => value.kind !== "negation" && !supportsValue(value, evidence))
    .map((value) => ({ kind: "value", value: value.text, span: value.span }));

/** A dated value and its date come from one fact. */
export const pairsValuesWithTheirDates: GateCheck = ({ text, values, cited }) =>
  mispairedNumbers(
    text,
    values,
    cited.map((part) => part.values),
  ).map((value) => ({ kind: "value", value: value.text, span: value.span }));
