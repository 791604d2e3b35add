/** Words of movement and rank ("rose", "peaked", "low") say something about numbers, and must agree with them. */
import type { Fact } from "../../chart/facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { amountOf, seriesOf, sourcesOf } from "./same-thing.ts";
import { stemOf } from "./words.ts";
import type { NumberValue, Value } from "../value.ts";

type Direction = "up" | "down";

interface MovementWord {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

type Judge = (word: MovementWord, sentence: CitedSentence) => boolean;

const numbersOf = ({ values }: CitedSentence): readonly NumberValue[] =>
  values.filter((value) => value.kind === "number");
const behind = (word: MovementWord, sentence: CitedSentence): readonly NumberValue[] =>
  numbersOf(sentence).filter(({ span }) => span.start >= word.end);
const precededBy = (text: string, number: NumberValue, words: RegExp): boolean =>
  words.test(text.slice(Math.max(0, number.span.start - 8), number.span.start));

const isMove = (direction: Direction, from: number, to: number): boolean =>
  direction === "up" ? from < to : from > to;

const instant = (time: string): number => Date.parse(time);

/** "rose to 2.4": the value before it is lower, not any earlier one. A value undated or without another before it moves nowhere. */
function movedTo(direction: Direction, number: NumberValue, sentence: CitedSentence): boolean {
  return sourcesOf(number, sentence).some((fact) => {
    const before = seriesOf(fact, sentence.chartFacts).findLast(
      (other) => (other.time ?? "9") < (fact.time ?? "") && amountOf(other)?.value !== number.value,
    );
    return isMove(direction, amountOf(before ?? fact)?.value ?? number.value, number.value);
  });
}

/** "From A to B" is told forwards: some record of A lies before one of B. Numbers of texts have no time of their own. */
function cameBefore(from: NumberValue, to: NumberValue, sentence: CitedSentence): boolean {
  const timesOf = (number: NumberValue): readonly string[] =>
    sourcesOf(number, sentence).flatMap(({ time, medication }) => (medication === undefined ? (time ?? []) : []));
  const [starts, ends] = [timesOf(from), timesOf(to)];
  return (
    starts.length === 0 ||
    ends.length === 0 ||
    starts.some((one) => ends.some((other) => instant(one) < instant(other)))
  );
}

const moves =
  (direction: Direction): Judge =>
  (word, sentence) => {
    const after = behind(word, sentence);
    const from = after.find((number) => precededBy(sentence.text, number, /\bfrom\s+(?:a\s+)?$/iu));
    const to = after.find((number) => precededBy(sentence.text, number, /\bto\s+(?:a\s+)?$/iu));
    if (to === undefined) return false;
    if (from === undefined) return movedTo(direction, to, sentence);
    const comparable = from.unit === undefined || to.unit === undefined || from.unit === to.unit;
    return comparable && isMove(direction, from.value, to.value) && cameBefore(from, to, sentence);
  };

const extreme =
  (direction: Direction): Judge =>
  (word, sentence) => {
    const number = behind(word, sentence)[0];
    if (number === undefined) return false;
    return sourcesOf(number, sentence).some((fact) =>
      seriesOf(fact, sentence.chartFacts).every(
        (other) => !isMove(direction, number.value, amountOf(other)?.value ?? number.value),
      ),
    );
  };

/** The number that an adjective speaks of, else all that is cited: "low at 131", "the low sodium". */
const flagged =
  (...flags: readonly string[]): Judge =>
  (word, sentence) => {
    const number = behind(word, sentence)[0] ?? numbersOf(sentence).findLast(({ span }) => span.end <= word.start);
    const facts = number === undefined ? sentence.facts : sourcesOf(number, sentence);
    const results = facts.filter(({ result }) => result !== undefined);
    return results.length > 0 && results.every(({ result }) => flags.includes(result?.flag ?? ""));
  };

const high = flagged("high", "critical-high");
const low = flagged("low", "critical-low");

const judges: readonly (readonly [RegExp, Judge])[] = [
  [/^(?:ros[e]|ris(?:es|ing|en)|rise|increas\w*|climb\w*|rais(?:ed)?|up)$/u, moves("up")],
  [/^(?:fall(?:s|ing|en)?|fell|drop\w*|declin\w*|decreas\w*|reduced|down)$/u, moves("down")],
  [/^(?:peak\w*|maximum|highest)$/u, extreme("up")],
  [/^(?:nadir|minimum|lowest)$/u, extreme("down")],
  [/^(?:elevated|high|higher)$/u, high],
  [/^(?:low|lower)$/u, low],
  [/^(?:normal|normalized|abnormal)$/u, flagged("normal")],
];

/** Only the chart's own words can tell of a trend or a multiple, and only of everything that is cited. */
const untold = /^(?:trend\w*|lowering|doubl\w*|halv\w*|tripl\w*|quadrupl\w*)$/u;

function judgeOf(text: string): Judge | undefined {
  if (untold.test(text)) return ({ text: word }, { cited }) => cited.every(({ stems }) => stems.has(stemOf(word)));
  return judges.find(([pattern]) => pattern.test(text))?.[1];
}

const isOwnWord = (word: MovementWord, sentence: CitedSentence): boolean =>
  sentence.cited.some(({ fact, stems }) => fact.result === undefined && stems.has(stemOf(word.text))) &&
  numbersOf(sentence).every(({ span }) => span.start < word.end || sourceless(span.start, sentence));

function sourceless(place: number, sentence: CitedSentence): boolean {
  const number = numbersOf(sentence).find(({ span }) => span.start === place);
  return number === undefined || sourcesOf(number, sentence).length === 0;
}

/** Movement and rank agree with the chart's numbers, or are the evidence's own words about no number. */
export const movesAsTheNumbers: GateCheck = (sentence): readonly GateFailure[] => {
  const inName = ({ start, end }: MovementWord): boolean =>
    sentence.mentions.some((mention) => start >= mention.start && end <= mention.end);
  return sentence.words.flatMap((word): readonly GateFailure[] => {
    const judge = judgeOf(word.text);
    if (
      judge === undefined ||
      inName(word) ||
      (!untold.test(word.text) && isOwnWord(word, sentence)) ||
      judge(word, sentence)
    )
      return [];
    return [{ kind: "trend", value: word.text, span: { start: word.start, end: word.end } }];
  });
};

const range = /\bbetween\b/giu;
const isDated = ({ kind }: Value): boolean => kind === "date" || kind === "relative";

/** "Between 143 and 212": the first is the smaller, and with "ranged" both are the stay's own bounds. */
export const rangesAsTheNumbers: GateCheck = (sentence) => {
  const { text } = sentence;
  return [...text.matchAll(range)].flatMap((match): readonly GateFailure[] => {
    const [a, b] = numbersOf(sentence).filter(({ span }) => span.start > match.index);
    if (a === undefined || b === undefined || text.slice(match.index + match[0].length, a.span.start).trim() !== "")
      return [];
    const facts: readonly Fact[] = sourcesOf(b, sentence);
    const series =
      facts[0] === undefined
        ? []
        : seriesOf(facts[0], sentence.chartFacts).map((fact) => amountOf(fact)?.value ?? Number.NaN);
    // Of days that are named the ends are the claim; without them it is the whole stay's.
    const partial = !/\b(?:ranged?|throughout|always|all)\b/iu.test(text) && sentence.values.some(isDated);
    const whole = partial || series.every((value) => value >= a.value && value <= b.value);
    return a.value < b.value && whole
      ? []
      : [{ kind: "trend", value: match[0], span: { start: match.index, end: b.span.end } }];
  });
};

const comparing =
  /\b(?:over|under|beyond|past|nearly|almost|about|approximately|around|roughly|some|circa|just)\s*$|[~≈]\s*$/iu;

/** "Under 2.4" of a value that is 2.4 is false, and "about" hides which value is meant: only the evidence's own words may. */
export const comparesNothing: GateCheck = (sentence) =>
  numbersOf(sentence).flatMap((number): readonly GateFailure[] => {
    const lead = comparing.exec(sentence.text.slice(0, number.span.start))?.[0].trim();
    if (lead === undefined) return [];
    const phrase = `${lead} ${number.text}`.toLowerCase();
    if (sentence.facts.some(({ text }) => text.toLowerCase().includes(phrase))) return [];
    return [{ kind: "trend", value: phrase, span: number.span }];
  });
