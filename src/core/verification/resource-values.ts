/** Reads every value out of a FHIR resource. */
import type { FhirResource } from "fhir/r4.js";
import { extractValues } from "./extract.ts";
import { frequencyKey } from "./frequencies.ts";
import { isNegativeResource } from "./assertion.ts";
import { withoutInstructions } from "../facts/addressed-text.ts";
import { plainText } from "../facts/markup-text.ts";
import { attachmentText } from "../facts/note-text.ts";
import type { Language } from "../language/language.ts";
import { fromGerman } from "./german.ts";
import { canonicalUnit } from "../facts/units.ts";
import type { KnownNumber, ValueCollector, ValueSet } from "./value-set.ts";
import { addExtracted, emptyCollector, wordsOf } from "./value-set.ts";
import { calendarDate, daysBetween } from "./zoned-date.ts";

type Node = Readonly<Record<string, unknown>>;

/** Elements that identify or link; a number in them is no clinical value. */
const skipped = new Set(
  "resourceType id meta url system reference identifier implicitRules language hash size profile versionId fullUrl sequence rank".split(
    " ",
  ),
);
/** The patient's own address and telephone are no evidence for anything, and full of digits. */
const skippedOfPatient = new Set(["address", "telecom", "contact", "text", "extension"]);

interface Reader {
  readonly into: ValueCollector;
  readonly timeZone: string;
  /** In which the texts are read; English is read in either. */
  readonly language: Language;
}

/** A text in the forms that values are read from. */
export function readable(text: string, language: Language): string {
  return language === "de" ? fromGerman(text) : text;
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value);
const decimalsOf = (value: number): number => /\.(\d+)/u.exec(String(value))?.[1]?.length ?? 0;

/** What was planted to be obeyed bears nothing out. */
function addText({ into, language }: Reader, written: string): void {
  const text = readable(withoutInstructions(written), language);
  for (const value of extractValues(text)) addExtracted(into, value);
  for (const word of wordsOf(text)) into.words.add(word);
}

function addNumber(
  { into }: Reader,
  value: number,
  units: readonly string[],
  extra: Pick<KnownNumber, "comparator" | "bound"> = {},
): void {
  into.numbers.push({ value, decimals: decimalsOf(value), units: [...new Set(units.map(canonicalUnit))], ...extra });
}

/** Quantity, Age, Duration, Money: a value and its unit, both as printed and as coded. */
function addQuantity(reader: Reader, node: Node, bound?: "<" | ">"): boolean {
  const value = node["value"];
  if (typeof value !== "number") return false;
  const units = [node["unit"], node["code"], node["currency"]].filter(
    (unit) => typeof unit === "string" && unit !== "",
  );
  const comparator =
    typeof node["comparator"] === "string" ? (node["comparator"].startsWith("<") ? "<" : ">") : undefined;
  addNumber(reader, value, units.map(String), {
    ...(comparator === undefined ? {} : { comparator }),
    ...(bound === undefined ? {} : { bound }),
  });
  return true;
}

/** Timing.repeat in the same keys as the words "twice daily" and "every 8 hours". */
function addRepeat(reader: Reader, repeat: Node): void {
  const { frequency = 1, period, periodUnit, when } = repeat;
  if (typeof period === "number" && typeof periodUnit === "string" && typeof frequency === "number") {
    reader.into.keys.add(`frequency:${frequencyKey(frequency, period, periodUnit)}`);
    const upper = typeof repeat["periodMax"] === "number" ? repeat["periodMax"] : undefined;
    if (upper !== undefined)
      reader.into.keys.add(`frequency:${frequencyKey(frequency, period, `-${upper}${periodUnit}`)}`);
  }
  for (const code of Array.isArray(when) ? when : [])
    if (typeof code === "string") reader.into.keys.add(`frequency:${code}`);
}

/** The length of a period in days stands in the resource as much as its two ends do. */
function addPeriod(reader: Reader, { start, end }: Node): void {
  if (typeof start !== "string" || typeof end !== "string") return;
  const from = calendarDate(start, reader.timeZone);
  const to = calendarDate(end, reader.timeZone);
  const days = from === undefined || to === undefined ? undefined : daysBetween(from, to);
  if (days !== undefined) addNumber(reader, days, ["d"]);
}

function addString(reader: Reader, key: string, text: string): void {
  const date = calendarDate(text, reader.timeZone);
  if (date !== undefined && text.length > 4) {
    reader.into.dates.push(date);
    const utc = calendarDate(text, "UTC");
    if (utc !== undefined) reader.into.utcDates.push(utc);
    return;
  }
  // A code is a name, whatever its digits: "8480-6" says nothing about a 6.
  if (key === "code") {
    reader.into.keys.add(`term:${text.toLowerCase()}`);
    // A clinical status given by its code alone still says that the problem is over.
    if (text === "resolved") reader.into.keys.add(`negation:${text}`);
  }
  // Some systems join the words of a name ("Blood_culture_x2"); summaries print them apart.
  else addText(reader, (key === "div" ? plainText(text) : text).replaceAll("_", " "));
}

function readNode(reader: Reader, key: string, node: Node): void {
  if (key === "repeat") addRepeat(reader, node);
  if (typeof node["contentType"] === "string" || key === "attachment") {
    const text = attachmentText(node);
    if (text !== undefined) addText(reader, text);
  }
  const bound = key === "low" ? ">" : key === "high" ? "<" : undefined;
  if (addQuantity(reader, node, bound)) return;
  addPeriod(reader, node);
  if (node["asNeededBoolean"] === true || node["asNeededCodeableConcept"] !== undefined)
    reader.into.keys.add("frequency:prn");
  for (const [child, value] of Object.entries(node)) readValue(reader, child, value);
}

/** The numbers that a reference range adds are marked as its own. */
function readRange(reader: Reader, value: unknown): void {
  const before = reader.into.numbers.length;
  readValue(reader, "range", value);
  const own = reader.into.numbers.splice(before).map((number): KnownNumber => ({ ...number, ofRange: true }));
  reader.into.numbers.push(...own);
}

function readValue(reader: Reader, key: string, value: unknown): void {
  if (key === "referenceRange") return readRange(reader, value);
  if (skipped.has(key) || (key === "data" && typeof value === "string")) return;
  if (typeof value === "number") addNumber(reader, value, []);
  else if (typeof value === "string") addString(reader, key, value);
  else if (Array.isArray(value)) for (const item of value) readValue(reader, key, item);
  else if (isNode(value)) readNode(reader, key, value);
}

/**
 * All values of a resource: quantities with their units and bounds, dates in the tenant's zone and in UTC, frequencies,
 * texts, and the decoded text of notes. The generated narrative (`text`) is left out: it repeats the rest, or contradicts it.
 */
export function valuesOfResource(resource: FhirResource, timeZone: string, language: Language = "en"): ValueSet {
  const reader: Reader = { into: emptyCollector(), timeZone, language };
  const left = resource.resourceType === "Patient" ? skippedOfPatient : new Set(["text"]);
  for (const [key, value] of Object.entries(resource)) if (!left.has(key)) readValue(reader, key, value);
  reader.into.negative = isNegativeResource(resource);
  return reader.into;
}

/** All values of a text on its own, such as the quoted part of a note or a fact's statement. */
export function valuesOfText(text: string, language: Language = "en"): ValueSet {
  const reader: Reader = { into: emptyCollector(), timeZone: "UTC", language };
  addText(reader, text);
  return reader.into;
}
