/** Where one statement holds two numbers ("32 %, previously 40 %"), each keeps the words that it follows. */
import type { Fact } from "../../chart/facts.ts";
import type { CitedSentence, GateCheck } from "./check.ts";
import { failEach } from "./check.ts";
import { extractValues } from "../extract.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";
import type { NumberValue } from "../value.ts";
import { wordsWithPlaces } from "./words.ts";

/** Telling words in front of a number, the nearest last; none across another number. */
function wordsBefore(text: string, number: NumberValue, others: readonly NumberValue[]): readonly string[] {
  const from = Math.max(0, ...others.filter(({ span }) => span.end <= number.span.start).map(({ span }) => span.end));
  return wordsWithPlaces(text.slice(from, number.span.start))
    .filter((word) => !isNarrative(word.text))
    .flatMap(({ stem }) => synonymStems(stem));
}

const numbersIn = (text: string): readonly NumberValue[] =>
  extractValues(text).filter((value) => value.kind === "number");

const readFacts = new WeakMap<Fact, readonly NumberValue[]>();

/** A fact's own numbers, read once for as long as the fact lives. */
function numbersOf(fact: Fact): readonly NumberValue[] {
  const numbers = readFacts.get(fact) ?? numbersIn(fact.text);
  readFacts.set(fact, numbers);
  return numbers;
}

function isAmbiguous(number: NumberValue, numbers: readonly NumberValue[]): boolean {
  return numbers.some((other) => other.value !== number.value);
}

function keepsItsWords(number: NumberValue, near: readonly string[], fact: Fact): boolean {
  const numbers = numbersOf(fact);
  const same = numbers.filter(
    ({ value, unit }) => value === number.value && (number.unit === undefined || unit === number.unit),
  );
  if (same.length === 0) return false;
  if (!isAmbiguous(number, numbers)) return true;
  return same.some((own) => {
    const words = wordsBefore(fact.text, own, numbers);
    return words.length === 0 || near.some((stem) => words.includes(stem));
  });
}

const isText = ({ quantity, medication }: Fact): boolean => quantity === undefined && medication === undefined;

const pair = /(?<![\p{L}\p{N}./])\d+(?:\.\d+)?\s?\/\s?\d+(?:\.\d+)?(?![\p{L}\p{N}/]|\.\d)/gu;

/** "168/94" is no "94/168": two numbers with a stroke between them stand so in a cited statement. */
export const keepsPairsInOrder: GateCheck = ({ text, facts, values }) =>
  failEach("mispaired", text, pair).filter(
    ({ value, span }) =>
      !values.some(({ kind, span: taken }) => kind === "date" && span.start < taken.end && span.end > taken.start) &&
      !facts.some((fact) => fact.text.replaceAll(" ", "").includes(value.replaceAll(" ", ""))),
  );

/** Numbers taken from a statement in words stand behind the same words as there. */
export const keepsNumbersInPlace: GateCheck = (sentence: CitedSentence) => {
  const texts = sentence.facts.filter(isText);
  if (texts.length === 0 || texts.length < sentence.facts.length) return [];
  const numbers = sentence.values.filter((value) => value.kind === "number");
  return numbers
    .filter((number) => {
      const near = wordsBefore(sentence.text, number, numbers);
      const holding = texts.filter((fact) => numbersOf(fact).some(({ value }) => value === number.value));
      return near.length > 0 && holding.length > 0 && !holding.some((fact) => keepsItsWords(number, near, fact));
    })
    .map(({ text, span }) => ({ kind: "mispaired", value: text, span }));
};
