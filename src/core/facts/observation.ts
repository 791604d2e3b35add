/** Observations: laboratory results, microbiology, vital signs, scores; and the code status where it is recorded as one. */
import type { Observation, ObservationComponent, ObservationReferenceRange } from "fhir/r4.js";
import type { FactKind, FactQuantity, ResultDetail, ResultFlag } from "../chart/facts.ts";
import { codingsOf, hasCode, list, numberOf, textOf } from "../chart/readable.ts";
import { timeOf } from "../chart/encounter-of.ts";
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";
import { cleanName, conceptName } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";
import { printNumber, printQuantity, readQuantity, unitKey } from "./quantity.ts";
import { susceptibilityOf } from "./susceptibility.ts";
import { shortTestName } from "./test-name.ts";

const codeStatusCodes = ["304251008", "81351-9", "100822-6", "365870005", "75320-2", "75773-2"] as const;

const flagCodes: ReadonlyMap<string, ResultFlag> = new Map([
  ["N", "normal"],
  ["L", "low"],
  ["LL", "critical-low"],
  ["LU", "critical-low"],
  ["<", "low"],
  ["H", "high"],
  ["HH", "critical-high"],
  ["HU", "critical-high"],
  [">", "high"],
  ["A", "abnormal"],
  ["AA", "abnormal"],
  ["POS", "abnormal"],
  ["NEG", "normal"],
]);

type Valued = Observation | ObservationComponent;

interface Value {
  readonly printed: string;
  readonly quantity?: FactQuantity;
  readonly comparator?: ResultDetail["comparator"];
  readonly path: string;
}

/** The value of an observation or component, as printed; undefined where none is there. */
function valueOf(item: Valued, words: Wording): Value | undefined {
  const quantity = readQuantity(item.valueQuantity);
  if (quantity !== undefined) {
    const comparator = item.valueQuantity?.comparator;
    const printed = `${comparator ?? ""}${printQuantity(quantity, words)}`;
    return defined<Value>({ printed, quantity, comparator, path: "valueQuantity" });
  }
  const integer = numberOf(item.valueInteger);
  if (integer !== undefined)
    return { printed: printNumber(integer, words), quantity: { value: integer }, path: "valueInteger" };
  const concept = conceptName(item.valueCodeableConcept);
  if (concept !== undefined) return { printed: concept, path: "valueCodeableConcept" };
  const text = cleanName(item.valueString);
  if (text !== undefined) return { printed: text, path: "valueString" };
  if (typeof item.valueBoolean === "boolean")
    return { printed: words.text(item.valueBoolean ? "value.yes" : "value.no"), path: "valueBoolean" };
  return undefined;
}

interface Range {
  readonly low?: number;
  readonly high?: number;
  readonly range?: string;
  /** A bound with its own unit. */
  readonly bound?: FactQuantity;
}

/** The range that is meant for this patient: one without a special type, or typed "normal". */
function rangeOf(ranges: readonly ObservationReferenceRange[] | undefined, words: Wording): Range {
  const candidates = list(ranges);
  const normal = candidates.find((range) => range.type === undefined || hasCode(range.type, "normal")) ?? candidates[0];
  if (normal === undefined) return {};
  const [low, high] = [readQuantity(normal.low), readQuantity(normal.high)];
  if (low === undefined && high === undefined) return defined<Range>({ range: textOf(normal.text) });
  return defined<Range>({
    low: low?.value,
    high: high?.value,
    bound: high ?? low,
    range: printRange(low, high, words),
  });
}

/** With the range's own unit; a range without one is printed without, because nobody said that it is the value's. */
function printRange(low: FactQuantity | undefined, high: FactQuantity | undefined, words: Wording): string {
  if (low !== undefined && high !== undefined) {
    const bounds = { low: printNumber(low.value, words), high: printQuantity({ ...low, value: high.value }, words) };
    return words.text("number.range", bounds);
  }
  return low === undefined
    ? words.text("number.upTo", { high: high === undefined ? "" : printQuantity(high, words) })
    : words.text("number.from", { low: printQuantity(low, words) });
}

/** A range in another unit says nothing about the value; one without a unit is meant in the value's. */
function isComparable(quantity: FactQuantity, { bound }: Range): boolean {
  return bound === undefined || unitKey(bound) === "" || unitKey(bound) === unitKey(quantity);
}

function flagOf(item: Valued, quantity: FactQuantity | undefined, range: Range): ResultFlag | undefined {
  for (const interpretation of list(item.interpretation)) {
    for (const coding of codingsOf(interpretation)) {
      const flag = flagCodes.get(coding.code ?? "");
      if (flag !== undefined) return flag;
    }
  }
  if (quantity === undefined || !isComparable(quantity, range)) return undefined;
  if (range.low !== undefined && quantity.value < range.low) return "low";
  if (range.high !== undefined && quantity.value > range.high) return "high";
  return range.low === undefined && range.high === undefined ? undefined : "normal";
}

function categoryOf(observation: Observation): ResultDetail["category"] {
  const categories = list(observation.category);
  const is = (...codes: readonly string[]): boolean => categories.some((category) => hasCode(category, ...codes));
  if (is("vital-signs")) return "vital-signs";
  const name = conceptName(observation.code) ?? "";
  const micro = is("MB") || /culture|bacteria|organism|gram stain|mycobacteri|fungus|virus .*(?:pcr|naa)/iu.test(name);
  if (micro && observation.valueQuantity === undefined) return "microbiology";
  if (is("laboratory", "LAB", "CH", "HM")) return "laboratory";
  return is("survey", "exam", "social-history", "activity") ? "survey" : "other";
}

/** `high`, `critically low`; empty for a normal or unflagged value. */
export function flagWord(flag: ResultFlag | undefined, words: Wording = english): string {
  return flag === undefined ? "" : words.text(`flag.${flag}`);
}

/** Systolic and diastolic pressure in one value, as clinicians write it: `117/67 mmHg`. */
function bloodPressure(observation: Observation, words: Wording): Value | undefined {
  const part = (code: string): FactQuantity | undefined =>
    readQuantity(list(observation.component).find((component) => hasCode(component.code, code))?.valueQuantity);
  const [systolic, diastolic] = [part("8480-6"), part("8462-4")];
  if (systolic === undefined || diastolic === undefined) return undefined;
  return {
    printed: `${printNumber(systolic.value, words)}/${printNumber(diastolic.value, words)} mmHg`,
    path: "component",
  };
}

function components(observation: Observation, words: Wording): Value | undefined {
  const pressure = bloodPressure(observation, words);
  if (pressure !== undefined) return pressure;
  const parts = list(observation.component).flatMap((component) => {
    const [name, value] = [conceptName(component.code), valueOf(component, words)];
    return name === undefined || value === undefined ? [] : [`${shortTestName(name, words)} ${value.printed}`];
  });
  return parts.length === 0 ? undefined : { printed: parts.join("; "), path: "component" };
}

function kindOf(observation: Observation, category: ResultDetail["category"]): FactKind {
  if (hasCode(observation.code, ...codeStatusCodes)) return "code-status";
  return category === "vital-signs" || category === "survey" ? "vital" : "result";
}

const correctedStatuses: ReadonlySet<string> = new Set(["corrected", "amended"]);

function detailOf(
  observation: Observation,
  value: Value,
  category: ResultDetail["category"],
  words: Wording,
): ResultDetail {
  const range = rangeOf(observation.referenceRange, words);
  const { low, high } = value.quantity === undefined || isComparable(value.quantity, range) ? range : {};
  return defined<ResultDetail>({
    printed: value.printed,
    comparator: value.comparator,
    low,
    high,
    range: range.range,
    flag: flagOf(observation, value.quantity, range),
    corrected: correctedStatuses.has(observation.status),
    susceptibility: susceptibilityOf(observation, words),
    issued: textOf(observation.issued),
    category,
  });
}

/** What an observation says by itself, outside any stay. */
export interface ObservationReading {
  readonly label: string;
  readonly time: string | undefined;
  /** Undefined where it has no value. */
  readonly result: ResultDetail | undefined;
}

/** Undefined where the observation has no name. */
export function readObservation(observation: Observation, words: Wording = english): ObservationReading | undefined {
  const name = conceptName(observation.code);
  if (name === undefined) return undefined;
  const value = valueOf(observation, words) ?? components(observation, words);
  return {
    label: shortTestName(name, words),
    time: timeOf(observation),
    result: value === undefined ? undefined : detailOf(observation, value, categoryOf(observation), words),
  };
}

/** One fact a measurement; an observation without a value is a fact only while it is still awaited. */
export function observationFacts(observation: Observation, context: ExtractContext): readonly FactDraft[] {
  if (observation.status === "cancelled") return [];
  const name = conceptName(observation.code);
  const { words } = context;
  const value = valueOf(observation, words) ?? components(observation, words);
  const awaited = observation.status === "registered" || observation.status === "preliminary";
  if (name === undefined || (value === undefined && !awaited)) return [];
  const label = shortTestName(name, words);
  const time = timeOf(observation);
  const category = categoryOf(observation);
  const result = value === undefined ? undefined : detailOf(observation, value, category, words);
  const marks = joined([
    flagWord(result?.flag),
    result?.corrected === true ? "corrected" : "",
    awaited ? observation.status : "",
  ]);
  const text = `${label}${result === undefined ? "" : ` ${result.printed}`}${marks === "" ? "" : ` (${marks})`}${onDate(context, time)}`;
  return [
    draftFact(observation, context, {
      kind: kindOf(observation, category),
      text,
      label,
      concept: observation.code,
      time,
      status: observation.status,
      quantity: value?.quantity,
      result,
      ...(value === undefined ? {} : { path: value.path, value: value.printed }),
    }),
  ];
}
