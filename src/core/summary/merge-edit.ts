/** What becomes of a section when a person rewrites its text: what was left as it was keeps origin and evidence. */
import type { Section, Sentence } from "./summary.ts";

const emptiedBy = "Left empty by the person who edited this summary.";

/** The text that an editor starts from, and that an edit is compared with: one sentence a line. */
export function editableText(section: Section): string {
  return section.sentences.map((sentence) => sentence.text).join("\n");
}

/** A sentence may begin after another one or on a new line: inside a line, "Unstable." must not match "stable.". */
function beginsAt(text: string, start: number): boolean {
  return start === 0 || /[\n]\s*$|[.!?:;]["')\]]*\s+$/u.test(text.slice(0, start));
}

/** And it ends with its line, or with its own full stop before a blank: "81 mg daily" must not match "81 mg daily twice". */
function endsAt(text: string, end: number): boolean {
  const rest = text.slice(end);
  return /^\s*(?:\n|$)/u.test(rest) || (/[.!?]["')\]]*$/u.test(text.slice(0, end)) && /^\s/u.test(rest));
}

/** Where `sentence` stands in `text` as a sentence of its own, from `from` on. */
function find(text: string, sentence: string, from: number): number {
  for (let at = text.indexOf(sentence, from); at !== -1; at = text.indexOf(sentence, at + 1)) {
    if (beginsAt(text, at) && endsAt(text, at + sentence.length)) return at;
  }
  return -1;
}

interface Match {
  readonly sentence: Sentence;
  readonly start: number;
}

/** Old sentences found in the new text. Longest first, so that a short one cannot take a place inside a longer one. */
function unchanged(sentences: readonly Sentence[], text: string): readonly Match[] {
  const taken: Match[] = [];
  const overlaps = (start: number, length: number): Match | undefined =>
    taken.find((match) => start < match.start + match.sentence.text.length && match.start < start + length);
  for (const sentence of sentences.toSorted((a, b) => b.text.length - a.text.length)) {
    if (sentence.text === "") continue;
    let start = find(text, sentence.text, 0);
    for (let other = start; other !== -1 && overlaps(start, sentence.text.length) !== undefined; other = start) {
      start = find(text, sentence.text, start + 1);
    }
    if (start !== -1) taken.push({ sentence, start });
  }
  return taken.toSorted((a, b) => a.start - b.start);
}

const lines = (text: string): readonly string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** The number behind the dot of the section's last sentence id; 0 where there is none. */
export function highestNumber(section: Section): number {
  return Math.max(
    0,
    ...section.sentences.map((sentence) => Number(sentence.id.slice(sentence.id.lastIndexOf(".") + 1)) || 0),
  );
}

/**
 * The section with `text` as its whole new text. Unchanged sentences keep id, origin, verification and evidence, also when
 * they were moved; everything else becomes the person's own: unverified, without evidence, under a new id.
 */
export function mergeEdit(section: Section, text: string): Section {
  const wanted = text.trim();
  if (wanted === editableText(section).trim() || (section.status === "not-documented" && wanted === section.lookedFor))
    return section;
  const { lookedFor: _, ...kept } = section;
  if (wanted === "") return { ...kept, status: "not-documented", lookedFor: emptiedBy, sentences: [] };

  const sentences: Sentence[] = [];
  let next = highestNumber(section) + 1;
  const own = (part: string): void => {
    for (const line of lines(part)) {
      sentences.push({ id: `${section.id}.${next}`, text: line, origin: "person", verified: false, evidence: [] });
      next += 1;
    }
  };
  let position = 0;
  for (const match of unchanged(section.sentences, wanted)) {
    own(wanted.slice(position, match.start));
    sentences.push(match.sentence);
    position = match.start + match.sentence.text.length;
  }
  own(wanted.slice(position));
  return { ...kept, status: "documented", sentences };
}
