/** Numbers and units as text, after the rules for safe prescribing: `0.5 mg`, never `.5 mg` or `5.0 mg`, never without unit. */
import type { Quantity } from "fhir/r4.js";
import type { FactQuantity } from "../chart/facts.ts";
import { numberOf, textOf } from "../chart/readable.ts";
import type { MessageKey } from "../language/messages.ts";
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";
import { defined } from "./defined.ts";
import { canonicalUnit } from "./units.ts";

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

/** Units of one dimension with their factor to its first; only these are ever converted, and only to compare doses. */
const dimensions: readonly ReadonlyMap<string, number>[] = [
  new Map([
    ["mg", 1],
    ["kg", 1e6],
    ["g", 1e3],
    ["ug", 1e-3],
    ["ng", 1e-6],
    ["pg", 1e-9],
  ]),
  new Map([
    ["mL", 1],
    ["L", 1e3],
    ["dL", 100],
    ["uL", 1e-3],
  ]),
  new Map([
    ["mmol", 1],
    ["mol", 1e3],
    ["umol", 1e-3],
    ["nmol", 1e-6],
  ]),
  new Map([
    ["U", 1],
    ["kU", 1e3],
    ["mU", 1e-3],
  ]),
];

/** True when both are the same amount: equal unit and number, or equal in one dimension (`0.5 g` and `500 mg`, `1 L` and `1000 mL`). */
export function sameAmount(left: FactQuantity, right: FactQuantity): boolean {
  const [leftUnit, rightUnit] = [unitKey(left), unitKey(right)];
  const dimension = dimensions.find((units) => units.has(leftUnit) && units.has(rightUnit));
  if (dimension === undefined) return leftUnit === rightUnit && left.value === right.value;
  const [a, b] = [left.value * (dimension.get(leftUnit) ?? 1), right.value * (dimension.get(rightUnit) ?? 1)];
  return Math.abs(a - b) <= 1e-9 * Math.abs(a);
}

/**
 * Key under which values may be compared with each other: the unit in UCUM's own spelling, whatever the chart's (`K/uL`,
 * `x10^3/uL`, `10*9/L`, `G/l`). Two different keys are never merged, and a value without a unit equals none with one.
 */
export function unitKey(quantity: FactQuantity): string {
  const unit = quantity.code ?? quantity.unit;
  return unit === undefined || bareUnits.has(unit) ? "" : canonicalUnit(unit);
}
