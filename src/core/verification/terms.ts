/** Names that hold digits, and grades in Roman numerals: they are compared letter by letter, never as numbers. */
import type { KeyedValue, Recogniser } from "./value.ts";
import { unitAtStart } from "../facts/units.ts";

const key = (text: string): string => text.toLowerCase().replaceAll(/\s+/gu, " ");

function termAt(match: RegExpExecArray, kind: "term" | "unparsed" = "term"): KeyedValue {
  return { kind, key: key(match[0]), span: { start: match.index, end: match.index + match[0].length }, text: match[0] };
}

/** "A1c", "CO2", "COVID-19", "B12", "N17.9", "4B", "555-0142-77": a run with letters and digits, or too many parts for a number. */
const mixed =
  /(?<![\p{L}\p{N}_{*^])(?<!\p{Ll}\/)(?!x\s?10[*^E])(?:\p{L}[\p{L}'-]{0,30}[-.]?\d[\p{L}\p{N}]*(?:[.-][\p{L}\p{N}]+)*|\d+\p{L}[\p{L}\p{N}]*(?:-[\p{L}\p{N}]+)*|\d+(?:-\d+){2,}|\d+(?:\.\d+){2,})(?![\p{L}\p{N}])/gu;

/** "40mg" and "3rd" and "67-year-old" are numbers; "4B" is a name. */
function isNumberWithUnit(text: string): boolean {
  const match = /^(\d+(?:[.,]\d+)?)(.+)$/u.exec(text);
  if (match === null) return false;
  const behind = match[2] ?? "";
  if (/^(?:st|nd|rd|th|x|%)$/iu.test(behind)) return true;
  const unit = unitAtStart(behind);
  return unit !== undefined && unit.length === behind.length;
}

export const mixedTerms: Recogniser = (text) =>
  [...text.matchAll(mixed)].filter((match) => !isNumberWithUnit(match[0])).map((match) => termAt(match));

/** Roman numerals count only behind a word that grades: "IV" alone is a route. */
const graded =
  /(?<!\p{L})(?:stage|class|grade|type|degree|phase|killip|factor|nyha|group|category|level)\s+(?:class\s+)?(?:[IVX]{1,4}[abc]?|[A-D])(?![\p{L}\p{N}])/giu;
export const gradedTerms: Recogniser = (text) => [...text.matchAll(graded)].map((match) => termAt(match));

/** `03/04/2026` may be two dates: it counts as a name, which the evidence must hold letter by letter. */
const ambiguousDate = /(?<![\p{L}\p{N}])\d{1,4}[/.]\d{1,2}[/.]\d{1,4}(?![\p{L}\p{N}])/gu;
export const ambiguousDates: Recogniser = (text) => [...text.matchAll(ambiguousDate)].map((match) => termAt(match));

/** Whatever digit is left when every other recogniser has looked. */
const leftover = /\p{N}+/gu;
export const unparsedDigits: Recogniser = (text) =>
  [...text.matchAll(leftover)].map((match) => termAt(match, "unparsed"));
