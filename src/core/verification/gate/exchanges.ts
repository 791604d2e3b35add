/** One medicine in the place of another: that the second came because of the first is told by a record, or by nobody. */
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";

const exchanging =
  /\b(?:(?:chang|switch|convert|transition|rotat|step)\p{L}*(?:\s+(?:over|down))?\s+(?:to|from)|(?:replac|substitut|exchang)\p{L}*\s+(?:by|with|for)|(?:replac|substitut)ed|instead\s+of|in\s+place\s+of|rather\s+than|in\s+favou?r\s+of)\b/giu;

const isMedicine = ({ kinds }: Mention): boolean => kinds.has("medication") || kinds.has("administration");

const isSame = (a: Mention, b: Mention): boolean =>
  [...a.medicines].some((name) => b.medicines.has(name)) || [...a.labels].some((label) => b.labels.has(label));

/** A record of the one that names the other, or a text that names both. */
function isTold(left: Mention, right: Mention, { cited }: CitedSentence): boolean {
  const names = (stems: ReadonlySet<string>, { stems: own }: Mention): boolean => own.every((stem) => stems.has(stem));
  return cited.some(
    ({ fact, stems }) =>
      (isNamedAt(fact, left) && names(stems, right)) ||
      (isNamedAt(fact, right) && names(stems, left)) ||
      (fact.medication === undefined && names(stems, left) && names(stems, right)),
  );
}

/** "A was changed to B", "B instead of A": two orders of one day do not make the one the other's successor. */
export const exchangesAsRecorded: GateCheck = (sentence): readonly GateFailure[] =>
  [...sentence.text.matchAll(exchanging)].flatMap((match): readonly GateFailure[] => {
    const end = match.index + match[0].length;
    const medicines = sentence.mentions.filter(isMedicine);
    const left = medicines.findLast((mention) => mention.end <= match.index);
    const right = medicines.find((mention) => mention.start >= end);
    if (left === undefined || right === undefined || isSame(left, right) || isTold(left, right, sentence)) return [];
    return [{ kind: "contradiction", value: match[0], span: { start: match.index, end } }];
  });
