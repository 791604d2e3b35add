/** Nothing is said that the cited facts do not hold: a word either tells the story or stands in the evidence. */
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";
import { isDrugBehind } from "../drugs.ts";
import { wordsWithPlaces } from "./words.ts";
import type { Word } from "./words.ts";

/** Values and denials are judged by other checks; a drug or a side is a word too. */
const judgedElsewhere = new Set(["number", "date", "time", "frequency", "relative", "term", "negation"]);

/** How it went is told in the evidence's own form: "worsening" on arrival bears out no "which worsened". */
const outcome = /^(?:improv|worsen|recover|deteriorat|resolv|stabili|complicat|success|tolerat)/u;

function isKnown({ text, stem }: Word, { cited, evidence }: CitedSentence): boolean {
  if (outcome.test(text)) return evidence.words.has(text);
  if (isNarrative(text)) return true;
  const same = synonymStems(stem);
  return cited.some(({ stems }) => same.some((one) => stems.has(one)));
}

/** "This inpatient stay." Words that only tell, without a value, a name or a word of the evidence, say nothing that could be checked. */
export const saysSomething: GateCheck = ({ text, words, values, mentions }) =>
  values.length > 0 || mentions.length > 0 || words.some((word) => !isNarrative(word.text))
    ? []
    : [{ kind: "stranger", value: text, span: { start: 0, end: text.length } }];

/** Refuses every word that neither tells nor is cited. Single letters are left to the names and terms they belong to. */
export const saysNothingElse: GateCheck = (sentence): readonly GateFailure[] => {
  const taken = sentence.values.filter(({ kind }) => judgedElsewhere.has(kind)).map(({ span }) => span);
  return wordsWithPlaces(sentence.text)
    .filter(({ text, start, end }) => text.length > 1 && !taken.some((span) => start < span.end && end > span.start))
    .filter((word) => !isKnown(word, sentence) && !isDrugBehind(word.text, sentence.evidence.words))
    .map(({ text, start, end }) => ({ kind: "stranger", value: text, span: { start, end } }));
};
