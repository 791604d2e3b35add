/**
 * Why something was done or happened is a claim of its own: two true facts do not make one the cause of the other, nor a
 * medicine that was given the treatment of a disease that was found.
 */
import type { CitedFact } from "./cited-facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";

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

/** A link between two named facts stands in one cited fact; whoever is admitted is admitted for the cited reason. */
export const linksAsRecorded: GateCheck = (sentence) =>
  [...sentence.text.matchAll(linking)].flatMap((match): readonly GateFailure[] => {
    const end = match.index + match[0].length;
    const left = sentence.mentions.findLast((mention) => mention.end <= match.index);
    const right = sentence.mentions.find((mention) => mention.start >= end);
    if (left === undefined || right === undefined || left.kinds.has("stay")) return [];
    const isReason = [...right.kinds].some((kind) => reasons.has(kind));
    if ((plain.test(match[0]) && !isReason) || isTold(left, right, sentence)) return [];
    return [{ kind: "contradiction", value: match[0], span: { start: match.index, end } }];
  });
