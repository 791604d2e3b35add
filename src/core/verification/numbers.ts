/** Numbers in a text: digits, spelled out, ranges and pairs, with the unit and comparator that belong to them. */
import type { NumberValue, Recogniser, Span, Value } from "./value.ts";
import { unitAtStart } from "../facts/units.ts";

const smallWords =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen";
const small = new Map(smallWords.split(" ").map((word, value): [string, number] => [word, value]));
const tens = new Map(
  "twenty thirty forty fifty sixty seventy eighty ninety"
    .split(" ")
    .map((word, index): [string, number] => [word, (index + 2) * 10]),
);
const scales = new Map([
  ["hundred", 100],
  ["thousand", 1000],
  ["million", 1_000_000],
]);
const single = new Map([
  ["half", 0.5],
  ["quarter", 0.25],
  ["dozen", 12],
  ["single", 1],
  ["double", 2],
  ["triple", 3],
]);
const ordinals = new Map(
  "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
    .split(" ")
    .map((word, value): [string, number] => [word, value]),
);

const simpleWords = [...small.keys(), ...tens.keys()].join("|");
const numberWord = `(?:${simpleWords})`;
/** "twenty-five", "one hundred and five", "two point five". */
const spelled = new RegExp(
  `\\b(?:${numberWord}|(?:a\\s+)?(?:hundred|thousand|million)(?=\\s+(?:and\\s+)?(?:${simpleWords})|\\b))(?:(?:[\\s-]+(?:and\\s+)?)(?:${numberWord}|hundred|thousand|million|point))*\\b`,
  "giu",
);
const spelledSingle = new RegExp(`\\b(?:${[...single.keys()].join("|")})\\b`, "giu");
/** "second" alone is left to the words around it: only an ordinal in front of a noun of counting is a number. */
const spelledOrdinal = new RegExp(
  `\\b(?:${[...ordinals.keys()].join("|")})(?=[\\s-]+(?:hospital|post\\w*|day|week|month|dose|degree|trimester|stage|cycle|time|admission|episode)\\b)`,
  "giu",
);

/** Value of a spelled number; undefined where the words make none ("hundred point"). */
export function parseSpelledNumber(text: string): number | undefined {
  let total = 0;
  let current = 0;
  let fraction: string | undefined;
  for (const word of text.toLowerCase().split(/[\s-]+/u)) {
    const digit = small.get(word) ?? tens.get(word);
    const scale = scales.get(word);
    if (word === "and" || word === "a") continue;
    if (word === "point") fraction = "";
    else if (fraction !== undefined && digit !== undefined) fraction += String(digit);
    else if (digit !== undefined) current += digit;
    else if (scale === 100) current = (current === 0 ? 1 : current) * 100;
    else if (scale !== undefined) {
      total += (current === 0 ? 1 : current) * scale;
      current = 0;
    } else return undefined;
  }
  return Number(`${total + current}${fraction === undefined || fraction === "" ? "" : `.${fraction}`}`);
}

/** `1,200`, `1200.5`, `.5`; a sign only where no word or digit stands in front. */
const digits =
  /(?<![\p{L}\p{N}.,])(?:(?<=^|[\s(=:])[-−–])?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\p{L}\p{N}.,])\.\d+/gu;
const comparatorBefore =
  /(?<sign>[<>≤≥]=?|\b(?:less than|fewer than|below|at most|up to|no more than|greater than|more than|above|at least|exceeding))\s*$/iu;
const lowerSigns = /^(?:<|≤|less|fewer|below|at most|up to|no more)/iu;

function comparatorOf(before: string): { comparator: "<" | ">"; length: number } | undefined {
  const match = comparatorBefore.exec(before);
  const sign = match?.groups?.["sign"];
  if (match === null || sign === undefined) return undefined;
  return { comparator: lowerSigns.test(sign) ? "<" : ">", length: match[0].length };
}

/** Bounds of what is looked at around a number: a note of any length is read in linear time. */
const longestUnit = 60;
const longestComparator = 20;

function numberAt(text: string, start: number, end: number, value: number, decimals: number): NumberValue {
  const unit = unitAtStart(text.slice(end, end + longestUnit));
  const before = comparatorOf(text.slice(Math.max(0, start - longestComparator), start));
  const span: Span = { start: start - (before?.length ?? 0), end: end + (unit?.length ?? 0) };
  return {
    kind: "number",
    value,
    decimals,
    ...(unit === undefined ? {} : { unit: unit.unit }),
    ...(before === undefined ? {} : { comparator: before.comparator }),
    span,
    text: text.slice(span.start, span.end),
  };
}

/** "5-10 mg", "128/76 mmHg", "1.2, 1.4 and 1.7 mg/dL", "1.2 to 1.7 mg/dL": the last number's unit is everyone's. */
const joinsUnit = /^\s*(?:-|–|—|\/|to|and|or|through|→|->|,(?:\s*(?:and|or|then))?|then)\s*$/u;

function shareUnits(text: string, numbers: readonly NumberValue[]): readonly NumberValue[] {
  const result: NumberValue[] = [];
  for (const number of numbers.toReversed()) {
    const next = result[0];
    const shares =
      next?.unit !== undefined &&
      number.unit === undefined &&
      joinsUnit.test(text.slice(number.span.end, next.span.start));
    result.unshift(shares ? { ...number, unit: next.unit } : number);
  }
  return result;
}

function decimalsOf(written: string): number {
  return written.includes(".") ? written.length - written.indexOf(".") - 1 : 0;
}

/** Numbers written with digits. The digits of a unit ("10*3/uL") are its own. */
export const digitNumbers: Recogniser = (text) => {
  const numbers: NumberValue[] = [];
  for (const match of text.matchAll(digits)) {
    if (match.index < (numbers.at(-1)?.span.end ?? 0)) continue;
    const written = match[0].replace(/[−–]/u, "-").replaceAll(",", "");
    numbers.push(numberAt(text, match.index, match.index + match[0].length, Number(written), decimalsOf(written)));
  }
  return shareUnits(text, numbers);
};

const vulgarFractions = new Map([
  ["½", 0.5],
  ["¼", 0.25],
  ["¾", 0.75],
]);

function spelledBy(pattern: RegExp, parse: (word: string) => number | undefined): Recogniser {
  return (text) =>
    [...text.matchAll(pattern)].flatMap((match): Value[] => {
      const value = parse(match[0]);
      return value === undefined ? [] : [numberAt(text, match.index, match.index + match[0].length, value, 0)];
    });
}

/** Numbers written as words. "no one" and "one of" are no quantity. */
export const spelledNumbers: readonly Recogniser[] = [
  spelledBy(/[½¼¾]/gu, (sign) => vulgarFractions.get(sign)),
  spelledBy(new RegExp(`(?<!\\bno\\s)${spelled.source}(?!\\s+of\\b)`, "giu"), parseSpelledNumber),
  spelledBy(spelledSingle, (word) => single.get(word.toLowerCase())),
  spelledBy(spelledOrdinal, (word) => ordinals.get(word.toLowerCase())),
];
