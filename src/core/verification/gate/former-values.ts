/** Two numbers of one statement that differ in time: which was the earlier, and which step came first. */
import type { Fact } from "../../chart/facts.ts";
import { extractValues } from "../extract.ts";
import type { NumberValue } from "../value.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";

const formerly = /\b(?:previous(?:ly)?|formerly|prior|earlier|at\s+baseline|before)\b/giu;
const next = /\b(?:then|followed\s+by|thereafter|afterwards)\b/iu;

const numbersIn = (text: string): readonly NumberValue[] =>
  extractValues(text).filter((value) => value.kind === "number");

/** The number that "previously" speaks of: the one it follows without a comma, else the one behind it. */
function formerOf(text: string, numbers: readonly NumberValue[]): ReadonlySet<number> {
  return new Set(
    [...text.matchAll(formerly)].flatMap(({ index, 0: word }) => {
      const before = numbers.findLast(({ span }) => span.end <= index);
      const follows = before !== undefined && /^\s*$/u.test(text.slice(before.span.end, index));
      const number = follows ? before : numbers.find(({ span }) => span.start >= index + word.length);
      return number === undefined ? [] : [number.value];
    }),
  );
}

interface Read {
  readonly numbers: readonly NumberValue[];
  readonly former: ReadonlySet<number>;
}

const readFacts = new WeakMap<Fact, Read>();

function read(fact: Fact): Read {
  const known = readFacts.get(fact);
  if (known !== undefined) return known;
  const numbers = numbersIn(fact.text);
  const made = { numbers, former: formerOf(fact.text, numbers) };
  readFacts.set(fact, made);
  return made;
}

const isText = ({ quantity, medication }: Fact): boolean => quantity === undefined && medication === undefined;

const own = ({ values }: CitedSentence): readonly NumberValue[] => values.filter((value) => value.kind === "number");

/** "32 %, previously 40 %" bears out no 32 % that was the earlier value. */
export const keepsFormerValues: GateCheck = (sentence): readonly GateFailure[] => {
  if (sentence.text.search(formerly) === -1) return [];
  const numbers = own(sentence);
  const told = formerOf(sentence.text, numbers);
  const holding = sentence.facts.filter((fact) => isText(fact) && read(fact).former.size > 0);
  return numbers
    .filter(({ value }) => told.has(value))
    .filter(({ value }) => {
      const known = holding.filter((fact) => read(fact).numbers.some((other) => other.value === value));
      return known.length > 0 && !known.some((fact) => read(fact).former.has(value));
    })
    .map(({ text, span }) => ({ kind: "order", value: text, span }));
};

/** "A until a day, then B": the steps of a dose stand in the record's order. */
export const keepsSteps: GateCheck = (sentence): readonly GateFailure[] => {
  const seam = next.exec(sentence.text);
  if (seam === null) return [];
  const numbers = own(sentence);
  const first = numbers.find(({ span }) => span.end <= seam.index);
  const second = numbers.find(({ span }) => span.start > seam.index);
  if (first === undefined || second === undefined || first.value === second.value) return [];
  const turned = sentence.facts.some((fact) => {
    const step = next.exec(fact.text);
    if (step === null) return false;
    const before = read(fact).numbers.filter(({ span }) => span.end <= step.index);
    const behind = read(fact).numbers.filter(({ span }) => span.start > step.index);
    const has = (places: readonly NumberValue[], { value }: NumberValue): boolean =>
      places.some((other) => other.value === value);
    return has(before, second) && has(behind, first) && !(has(before, first) && has(behind, second));
  });
  return turned
    ? [
        {
          kind: "order",
          value: `${first.text} ${seam[0]} ${second.text}`,
          span: { start: first.span.start, end: second.span.end },
        },
      ]
    : [];
};
