/** Numbers and units as text, after the rules for safe prescribing: `0.5 mg`, never `.5 mg` or `5.0 mg`, never without unit. */
import type { Quantity } from "fhir/r4.js";
import type { FactQuantity } from "../chart/facts.ts";
import { numberOf, textOf } from "../chart/readable.ts";
import type { MessageKey } from "../language/messages.ts";
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";
import { defined } from "./defined.ts";

/** UCUM codes that nobody says aloud, and what is printed instead. The number's meaning does not change. */
const printedUnits: ReadonlyMap<string, string> = new Map([
  ["Cel", "°C"],
  ["[degF]", "°F"],
  ["mm[Hg]", "mmHg"],
  ["ug", "mcg"],
  ["10*3/uL", "x10^3/uL"],
  ["10*6/uL", "x10^6/uL"],
  ["10*9/L", "x10^9/L"],
  ["10*12/L", "x10^12/L"],
  ["m[IU]/L", "mIU/L"],
]);

/** UCUM codes, and words of units, that are printed as a word of the language. */
const spokenUnits: ReadonlyMap<string, MessageKey> = new Map([
  ["d", "unit.days"],
  ["wk", "unit.weeks"],
  ["mo", "unit.months"],
  ["h", "unit.hours"],
  ["min", "unit.minutes"],
  ["[iU]", "unit.units"],
  ["[IU]", "unit.units"],
  ["IU", "unit.units"],
  ["U", "unit.units"],
  ["days", "unit.days"],
  ["weeks", "unit.weeks"],
  ["months", "unit.months"],
  ["hours", "unit.hours"],
  ["minutes", "unit.minutes"],
  ["units", "unit.units"],
]);

/** Units that only say "a number": printed as the number alone. */
const bareUnits: ReadonlySet<string> = new Set([
  "{score}",
  "{INR}",
  "{ratio}",
  "[pH]",
  "pH",
  "1",
  "{SG}",
  "{nominal}",
  "{presence}",
]);

/** A number without exponent, sign trailing zeros or missing leading zero, with the language's decimal sign. */
export function printNumber(value: number, words: Wording = english): string {
  const text = String(value);
  const plain = text.includes("e") ? value.toFixed(12).replace(/\.?0+$/u, "") : text;
  return plain.replace(".", words.raw("number.decimal"));
}

/** Unit as printed behind a number; empty where the unit only says "number". */
function printUnit(unit: string | undefined, words: Wording): string {
  if (unit === undefined || bareUnits.has(unit)) return "";
  const spoken = spokenUnits.get(unit);
  if (spoken !== undefined) return words.raw(spoken);
  // An annotation in braces is UCUM's way to say a word.
  return words.code(printedUnits.get(unit) ?? unit.replace(/^ug(?=\/)/u, "mcg").replace(/^\{([a-z ]+)\}$/iu, "$1"));
}

/** `1.71 mg/dL`, `97.1%`, `12`. */
export function printQuantity(quantity: FactQuantity, words: Wording = english): string {
  const unit = printUnit(quantity.unit ?? quantity.code, words);
  const number = printNumber(quantity.value, words);
  if (unit === "") return number;
  return unit === "%" ? words.text("number.percent", { number }) : `${number} ${unit}`;
}

/** The number and unit of a FHIR Quantity; undefined where it has no number. */
export function readQuantity(quantity: Quantity | undefined): FactQuantity | undefined {
  const value = numberOf(quantity?.value);
  if (value === undefined) return undefined;
  return defined<FactQuantity>({ value, unit: textOf(quantity?.unit), code: textOf(quantity?.code) });
}

/** Factor to milligrams for units of mass; only these are ever converted, and only to compare. */
const milligrams: ReadonlyMap<string, number> = new Map([
  ["kg", 1e6],
  ["g", 1e3],
  ["mg", 1],
  ["ug", 1e-3],
  ["mcg", 1e-3],
  ["µg", 1e-3],
  ["ng", 1e-6],
]);

/** True when both are the same amount: equal unit and number, or equal masses (`0.5 g` and `500 mg`). */
export function sameAmount(left: FactQuantity, right: FactQuantity): boolean {
  const [leftUnit, rightUnit] = [left.code ?? left.unit ?? "", right.code ?? right.unit ?? ""];
  const [leftFactor, rightFactor] = [milligrams.get(leftUnit), milligrams.get(rightUnit)];
  if (leftFactor !== undefined && rightFactor !== undefined) {
    return Math.abs(left.value * leftFactor - right.value * rightFactor) < 1e-9 * Math.abs(left.value * leftFactor);
  }
  return leftUnit.toLowerCase() === rightUnit.toLowerCase() && left.value === right.value;
}

/** Key under which values may be compared with each other; two different keys are never merged. */
export function unitKey(quantity: FactQuantity): string {
  return (quantity.code ?? quantity.unit ?? "").toLowerCase();
}
