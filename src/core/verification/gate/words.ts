/** Words of a sentence, in the form in which they are compared: lower case, American spelling, without endings. */

export interface Word {
  /** As written, in lower case. */
  readonly text: string;
  readonly stem: string;
  readonly start: number;
  readonly end: number;
}

const word = /\p{L}[\p{L}\p{M}\p{N}]*|\p{N}+\p{L}[\p{L}\p{N}]*/gu;

const spellings: readonly (readonly [RegExp, string])[] = [
  [/ae|oe/gu, "e"],
  [/our(?=s?$|ed$|ing$)/u, "or"],
  [/metre/u, "meter"],
  [/litre/u, "liter"],
  [/centre/u, "center"],
  [/isation/u, "ization"],
  [/ised$/u, "ized"],
];
const ending = /(?:ies|ied|es|ed|ing|ly|s|y|e)$/u;

/** Endings go from words of five letters and more: "edema" and "oedema" are one word, "was" and "wa" are not made one. */
export function stemOf(text: string): string {
  const plain = spellings.reduce((result, [pattern, by]) => result.replace(pattern, by), text.toLowerCase());
  if (plain.length < 5) return plain.length === 4 ? plain.replace(/(?<=[^su])s$/u, "") : plain;
  const stem = plain.replace(ending, "");
  return stem.length >= 3 ? stem : plain;
}

/** Words in the order of their places; a name with digits ("A1c", "25-hydroxy") counts as the words it holds. */
export function wordsWithPlaces(text: string): readonly Word[] {
  return [...text.matchAll(word)].map(({ 0: match, index }) => ({
    text: match.toLowerCase(),
    stem: stemOf(match),
    start: index,
    end: index + match.length,
  }));
}

export function stemsOf(text: string): readonly string[] {
  return wordsWithPlaces(text).map(({ stem }) => stem);
}
