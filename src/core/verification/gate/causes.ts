/**
 * Why something was done or happened is a claim of its own: two true facts do not make one the cause of the other, nor a
 * medicine that was given the treatment of a disease that was found.
 */
import type { CitedFact } from "./cited-facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";
import { stemsOf, wordsWithPlaces } from "./words.ts";

const linking =
  /\b(?:because(?:\s+of)?|due\s+to|owing\s+to|secondary\s+to|caused\s+by|attributed\s+to|result(?:ing|ed)?\s+(?:from|in|of)|leading\s+to|led\s+to|for\s+(?:which|this|that)|so|(?:treat(?:ed|ing|ment)?|manag(?:ed|ing|ement)|control(?:led|ling)?|cover(?:ed|ing)?|respond(?:ed|ing)?)\s+(?:with|by|to|of)|to\s+treat|treating|indicated\s+(?:for|by|in)|for|from)\b/giu;
/** What "for" and "from" may give a reason for; a ward or a date behind them is none. */
const reasons = new Set(["diagnosis", "reason"]);
const plain = /^(?:for|from)$/iu;

const holdsAll = ({ stems }: CitedFact, mention: Mention): boolean => mention.stems.every((stem) => stems.has(stem));

/** One cited fact tells of both ends of the link. */
function isTold(left: Mention, right: Mention, { cited }: CitedSentence): boolean {
  return cited.some(
    (part) =>
      (isNamedAt(part.fact, left) || holdsAll(part, left)) && (isNamedAt(part.fact, right) || holdsAll(part, right)),
  );
}

const ending = /\b(?:stopped|discontinued|held|withheld|paused|cancelled|withdrawn|not\s+given)\b/iu;

const isMedicine = ({ kinds }: Mention): boolean => kinds.has("medication") || kinds.has("administration");

/**
 * A medicine and its reason: given for what the order names as its indication, stopped for what its end names. The order
 * that was stopped for delirium holds both words, and no treatment of delirium.
 */
function isItsReason(left: Mention, right: Mention, isEnd: boolean, { cited }: CitedSentence): boolean {
  const [medicine, other] = isMedicine(left) ? [left, right] : [right, left];
  return cited.some(({ fact }) => {
    if (fact.medication === undefined)
      return (
        other.stems.every((stem) => stemsOf(fact.text).includes(stem)) &&
        medicine.stems.every((stem) => stemsOf(fact.text).includes(stem))
      );
    if (!isNamedAt(fact, medicine)) return false;
    const { reason = "", statusReason = "", dosage = "", note = "" } = fact.medication;
    const told = new Set(stemsOf(isEnd ? statusReason : `${reason} ${dosage} ${note}`));
    return other.stems.every((stem) => told.has(stem));
  });
}

const because = /\b(?:because(?:\s+of)?|due\s+to|owing\s+to|for)\s+(?<why>[^.;,]+)/giu;

/**
 * Why a medicine was ended is told by its own entry, in words that need not name another fact: "for knee pain" is what it was
 * taken for, and no reason to stop it.
 */
export const endsForTheRecordedReason: GateCheck = (sentence) =>
  [...sentence.text.matchAll(because)].flatMap((match): readonly GateFailure[] => {
    const before = sentence.text.slice(0, match.index);
    const clause = before.slice(Math.max(before.lastIndexOf(";"), before.lastIndexOf(". ")) + 1);
    const medicine = sentence.mentions.findLast((mention) => isMedicine(mention) && mention.end <= match.index);
    if (medicine === undefined || !/\b(?:stopped|discontinued|held|withheld|paused|cancelled)\b[^.;]*$/iu.test(clause))
      return [];
    const start = match.index + match[0].length - (match.groups?.["why"] ?? "").length;
    const told = wordsWithPlaces(match.groups?.["why"] ?? "").filter(
      ({ text, start: place }) =>
        !isNarrative(text) &&
        !sentence.values.some(
          ({ kind, span }) => kind !== "negation" && start + place >= span.start && start + place < span.end,
        ),
    );
    if (told.length === 0) return [];
    const reasons = sentence.cited.filter(
      ({ fact }) => fact.medication?.statusReason !== undefined && isNamedAt(fact, medicine),
    );
    const texts = sentence.cited.filter(({ fact }) => fact.medication === undefined);
    const inReason = reasons.some(({ fact }) => {
      const stems = new Set(stemsOf(fact.medication?.statusReason ?? "").flatMap(synonymStems));
      return told.every(({ stem }) => stems.has(stem));
    });
    const holds =
      reasons.length === 0 ||
      inReason ||
      texts.some(({ stems }) => [...medicine.stems, ...told.map(({ stem }) => stem)].every((stem) => stems.has(stem)));
    return holds
      ? []
      : [{ kind: "contradiction", value: match[0], span: { start: match.index, end: match.index + match[0].length } }];
  });

/** A link between two named facts stands in one cited fact; whoever is admitted is admitted for the cited reason. */
export const linksAsRecorded: GateCheck = (sentence) =>
  [...sentence.text.matchAll(linking)].flatMap((match): readonly GateFailure[] => {
    const end = match.index + match[0].length;
    const left = sentence.mentions.findLast((mention) => mention.end <= match.index);
    const right = sentence.mentions.find((mention) => mention.start >= end);
    if (left === undefined || right === undefined || left.kinds.has("stay")) return [];
    const isReason = [...right.kinds].some((kind) => reasons.has(kind));
    if (plain.test(match[0]) && !isReason) return [];
    // "A for B was stopped" tells what A was for; only behind the end does a reason tell why it ended.
    const isEnd = ending.test(sentence.text.slice(0, match.index));
    const holds =
      isMedicine(left) !== isMedicine(right) && !/^from$/iu.test(match[0])
        ? isItsReason(left, right, isEnd, sentence)
        : isTold(left, right, sentence);
    if (holds) return [];
    return [{ kind: "contradiction", value: match[0], span: { start: match.index, end } }];
  });
