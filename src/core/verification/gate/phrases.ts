/**
 * Words that stand side by side are one thing: "interstitial effusion" out of "interstitial oedema and a pleural effusion" is
 * a finding that nobody made, of words that are all in the record.
 */
import type { Fact } from "../../chart/facts.ts";
import type { CitedFact } from "./cited-facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { isNamedAt } from "./mentions.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";
import { supportsValue } from "../support.ts";
import type { Word } from "./words.ts";
import { stemsOf, wordsWithPlaces } from "./words.ts";

/** Records in words; what has a value or a dose is held together by other checks. */
const inWords = new Set<Fact["kind"]>([
  "report",
  "note",
  "procedure",
  "diagnosis",
  "reason",
  "condition-at-discharge",
  "plan",
  "vital",
]);

const boundary = /[.,;:()"]|\b(?:and|with|without|no|but|or|then|previously)\b/giu;

interface Read {
  readonly all: ReadonlySet<string>;
  /** Stems of each phrase; the label is one phrase, commas included. */
  readonly phrases: readonly ReadonlySet<string>[];
}

const readFacts = new WeakMap<Fact, Read>();

const withSynonyms = (stems: readonly string[]): ReadonlySet<string> => new Set(stems.flatMap(synonymStems));

/** A fact's words, read once for as long as the fact lives. */
function read(fact: Fact): Read {
  const known = readFacts.get(fact);
  if (known !== undefined) return known;
  const phrases = [fact.label, ...fact.text.split(boundary)].map((text) => withSynonyms(stemsOf(text)));
  const made = { all: new Set(phrases.flatMap((phrase) => [...phrase])), phrases };
  readFacts.set(fact, made);
  return made;
}

/** What is told of a result, a problem or a side stands beside any noun; sides are judged by a check of their own. */
const attributes = new Set(
  "preliminary repeat repeated initial partial amended corrected final pending resolved removed left right bilateral".split(
    " ",
  ),
);
const isTelling = ({ text }: Word): boolean => text.length > 1 && !isNarrative(text);

/** Two telling words with nothing but a blank or a hyphen between them. */
function pairsOf(text: string): readonly (readonly [Word, Word])[] {
  const words = wordsWithPlaces(text);
  return words.flatMap((word, index) => {
    const next = words[index + 1];
    const close = next !== undefined && /^[\s-]$/u.test(text.slice(word.end, next.start));
    return close && [word, next].every((one) => isTelling(one) && !attributes.has(one.text))
      ? [[word, next] as const]
      : [];
  });
}

const holdsBoth = (stems: ReadonlySet<string>, [a, b]: readonly [Word, Word]): boolean =>
  [a, b].every(({ stem }) => synonymStems(stem).some((same) => stems.has(same)));

/** Neighbours are neighbours in one phrase of a cited record, where one cited record holds both. */
export const keepsPhrases: GateCheck = (sentence): readonly GateFailure[] =>
  pairsOf(sentence.text).flatMap((pair): readonly GateFailure[] => {
    const holding = sentence.facts.filter((fact) => holdsBoth(read(fact).all, pair));
    const torn =
      holding.length > 0 &&
      holding.every((fact) => inWords.has(fact.kind) && fact.quantity === undefined) &&
      !holding.some((fact) => read(fact).phrases.some((phrase) => holdsBoth(phrase, pair)));
    const [first, second] = pair;
    return torn
      ? [{ kind: "mispaired", value: `${first.text} ${second.text}`, span: { start: first.start, end: second.end } }]
      : [];
  });

const showing =
  /\b(?:show(?:s|ed|n|ing)?|reveal(?:s|ed|ing)?|demonstrat(?:es|ed|ing)|identif(?:ies|ied)|grew|detected)\b/giu;
const clauseStart = /[.;:](?=\s)|,\s+(?:and|while|but)\s|\band\s+(?=the\s)/giu;
const clauseEnd = /[.;:](?=\s|$)|\b(?:while|whereas|but)\b/iu;

function subjectOf(text: string, verb: number): readonly Word[] {
  const before = text.slice(0, verb);
  const start = Math.max(0, ...[...before.matchAll(clauseStart)].map(({ index, 0: match }) => index + match.length));
  return wordsWithPlaces(before.slice(start)).filter((word) => isTelling(word) && !attributes.has(word.text));
}

const tests = new Set<Fact["kind"]>(["report", "procedure", "result", "order"]);

const holds = (stems: ReadonlySet<string>, { stem }: Word): boolean =>
  synonymStems(stem).some((same) => stems.has(same));

/** A test is called by its name; a note may tell of one in the same phrase in which it tells what it showed. */
function couldShow({ fact, stems }: CitedFact, subject: readonly Word[], objects: readonly Word[]): boolean {
  if (tests.has(fact.kind)) {
    const name = withSynonyms(stemsOf(`${fact.label} ${fact.status ?? ""}`));
    return subject.every((word) => holds(name, word)) && objects.every((word) => holds(stems, word));
  }
  return read(fact).phrases.some((phrase) => [...subject, ...objects].every((word) => holds(phrase, word)));
}

/** "A showed B": B stands in the record whose name is A, not in another that is cited, nor in one that only asks for an A. */
export const showsAsReported: GateCheck = (sentence: CitedSentence): readonly GateFailure[] =>
  [...sentence.text.matchAll(showing)].flatMap((match): readonly GateFailure[] => {
    const verbEnd = match.index + match[0].length;
    const subject = subjectOf(sentence.text, match.index).filter(
      (word) =>
        !sentence.values.some(
          ({ kind, span }) =>
            kind !== "laterality" && kind !== "term" && word.start >= span.start && word.end <= span.end,
        ),
    );
    if (subject.length === 0) return [];
    const behind = sentence.text.slice(verbEnd);
    const stop = behind.search(clauseEnd);
    const nextName = sentence.mentions.find(
      (mention) =>
        mention.start >= verbEnd && sentence.cited.some(({ fact }) => tests.has(fact.kind) && isNamedAt(fact, mention)),
    );
    const end = Math.min(
      stop === -1 ? sentence.text.length : verbEnd + stop,
      nextName?.start ?? Number.POSITIVE_INFINITY,
    );
    const objects = wordsWithPlaces(sentence.text.slice(verbEnd, end)).filter(isTelling);
    const start = sentence.text.slice(0, match.index).search(/[^.;]*$/u);
    const days = sentence.values.filter(({ kind, span }) => kind === "date" && span.start >= start && span.end <= end);
    const isOfThatDay = (part: CitedFact): boolean =>
      !tests.has(part.fact.kind) || days.length !== 1 || days.every((day) => supportsValue(day, part.values));
    if (sentence.cited.some((part) => couldShow(part, subject, objects) && isOfThatDay(part))) return [];
    return [{ kind: "mispaired", value: match[0], span: { start: match.index, end: verbEnd } }];
  });
