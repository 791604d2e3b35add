/** Whether a sentence tells what was planted: the words, the days, the citation, and how it is meant. */
import type { Section, Sentence } from "../../core/summary/summary.ts";
import type { PlantedFact } from "./truth.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** How a day may be printed, in English or German. */
function printedForms(day: string): readonly string[] {
  const [year = "", month = "", date = ""] = day.split("-");
  return [
    `${Number(date)} ${months[Number(month) - 1] ?? ""} ${year}`,
    `${date}.${month}.${year}`,
    `${Number(date)}.${Number(month)}.${year}`,
  ];
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/\s+/gu, " ");

/** Numbers stand alone: 4.6 is not in 14.6, nor 2 mg in 12 mg. */
function holds(text: string, word: string): boolean {
  const wanted = plain(word);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const [before, after] = [
      text.slice(Math.max(0, at - 2), at),
      text.slice(at + wanted.length, at + wanted.length + 2),
    ];
    const cutBefore = /^\d/u.test(wanted) && /\d[.,]?$/u.test(before);
    const cutAfter = /\d$/u.test(wanted) && /^(?:\d|[.,]\d)/u.test(after);
    if (!cutBefore && !cutAfter) return true;
  }
  return false;
}

type Words = PlantedFact["words"];

/** The words that the text lacks, each as a reader would write it. */
export function missingWords(text: string, words: Words, days: readonly string[] = []): readonly string[] {
  const lower = plain(text);
  const named = words.filter((word) => !(typeof word === "string" ? [word] : word).some((form) => holds(lower, form)));
  const dated = days.filter((day) => !printedForms(day).some((form) => holds(lower, form)));
  return [...named.map((word) => (typeof word === "string" ? word : word.join(" or "))), ...dated];
}

export const cites = (sentence: Sentence, references: readonly string[]): boolean =>
  sentence.evidence.some(({ reference }) => references.includes(reference));

/** Words that turn a finding into something else, English and German. */
const cues: Readonly<Record<PlantedFact["assertion"], RegExp>> = {
  present: /^(?!.*(?:ruled out|ausgeschlossen|not performed|nicht durchgeführt|family history|familienanamnese))/isu,
  absent: /\b(?:no|not|ruled out|refuted|denie[sd]|without|refused|ausgeschlossen|nicht|kein\p{L}*)(?!\p{L})/iu,
  possible: /\b(?:possible|suspected|provisional|unconfirmed|differential|möglich\p{L}*|verdacht\p{L}*)/iu,
  historical: /\b(?:earlier|past|former\p{L}*|history|before|resolved|ended|früher\p{L}*|anamnese|abgelaufen\p{L}*)/iu,
  family: /\b(?:family|familien\p{L}*)/iu,
};

export const isMeantAs = (text: string, assertion: PlantedFact["assertion"]): boolean => cues[assertion].test(text);

/** Whether a sentence that names something denies it. */
export const denies = (text: string): boolean =>
  /\b(?:no|not|denies|denied|absent|without|negative|ruled out|kein\p{L}*|ohne|verneint|nicht)(?!\p{L})/iu.test(text);

/** Whether a sentence says that it speaks of another stay. */
export const isOfAnotherStay = (text: string): boolean =>
  /\b(?:before|earlier|previous|prior|another|other|history|past|früher\p{L}*|vor der aufnahme)/iu.test(text);

/** Sentences of the sections with those ids. */
export function sentencesOf(sections: readonly Section[], ids: readonly string[]): readonly Sentence[] {
  return sections.filter(({ id }) => ids.includes(id)).flatMap(({ sentences }) => sentences);
}

/** The sentence that comes nearest: cites the right thing and lacks the fewest words. */
export function nearest(
  sentences: readonly Sentence[],
  references: readonly string[],
  words: Words,
  days: readonly string[] = [],
): Sentence | undefined {
  const lacking = (sentence: Sentence): number => missingWords(sentence.text, words, days).length;
  return sentences.filter((sentence) => cites(sentence, references)).toSorted((a, b) => lacking(a) - lacking(b))[0];
}
