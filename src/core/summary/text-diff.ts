/** What changed between two texts: whole lines first, and words within the lines that were replaced. */
import { diffArrays } from "diff";

/** `same` and `removed` in order are the text before; `same` and `added` the text after. */
export interface DiffPart {
  readonly op: "same" | "removed" | "added";
  readonly text: string;
}

/** Beyond this many steps two texts have little in common, and a diff of words would be slow and unreadable. */
const MAX_WORD_STEPS = 400;
const MAX_LINE_STEPS = 4000;

/** Lines with their ends, so that joining them gives the text back byte for byte. */
const linesOf = (text: string): string[] => (text === "" ? [] : text.split(/(?<=\n)/u));

/** Cut at blanks only: a number and its unit, a dose, a date must be seen to change as a whole, never "4.1" by its digits. */
const wordsOf = (text: string): string[] => text.match(/\S+|\s+/gu) ?? [];

const part = (op: DiffPart["op"], text: string): readonly DiffPart[] => (text === "" ? [] : [{ op, text }]);

function wordParts(before: string, after: string): readonly DiffPart[] {
  const changes = diffArrays(wordsOf(before), wordsOf(after), { maxEditLength: MAX_WORD_STEPS });
  const parts = changes?.flatMap(({ added, removed, value }) =>
    part(added ? "added" : removed ? "removed" : "same", value.join("")),
  );
  // A sentence that shares only its small words with the old one is read better as a new sentence.
  const shared = parts?.reduce((sum, { op, text }) => sum + (op === "same" ? text.length : 0), 0) ?? 0;
  if (parts === undefined || shared < Math.min(before.length, after.length) / 3)
    return [...part("removed", before), ...part("added", after)];
  return parts;
}

/** The parts in order of the text; neighbours of one kind are one part. */
export function textDiff(before: string, after: string): readonly DiffPart[] {
  const lines = diffArrays(linesOf(before), linesOf(after), { maxEditLength: MAX_LINE_STEPS });
  if (lines === undefined) return [...part("removed", before), ...part("added", after)];
  const parts: DiffPart[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [here, next] = [lines[index], lines[index + 1]];
    if (here === undefined) continue;
    const text = here.value.join("");
    if (here.removed && next?.added === true) {
      parts.push(...wordParts(text, next.value.join("")));
      index += 1;
    } else parts.push(...part(here.added ? "added" : here.removed ? "removed" : "same", text));
  }
  return merged(parts);
}

function merged(parts: readonly DiffPart[]): readonly DiffPart[] {
  const result: DiffPart[] = [];
  for (const { op, text } of parts) {
    const last = result.at(-1);
    if (last?.op === op) result[result.length - 1] = { op, text: last.text + text };
    else result.push({ op, text });
  }
  return result;
}

const without = (op: DiffPart["op"], parts: readonly DiffPart[]): string =>
  parts.flatMap((each) => (each.op === op ? [] : [each.text])).join("");

export const textBefore = (parts: readonly DiffPart[]): string => without("added", parts);
export const textAfter = (parts: readonly DiffPart[]): string => without("removed", parts);
