/** Text that every format can carry: XML 1.0 knows no control characters, and UTF-8 no half of a surrogate pair. */

const notAllowed = /(?![\t\n])\p{Cc}|[\uFDD0-\uFDEF\uFFFE\uFFFF]/gu;

/** Drops control and non-characters, puts U+FFFD in place of lone surrogates, and brings line ends to `\n`. */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("\r\n", "\n")
    .replaceAll(/[\r\u0085\u2028\u2029]/gu, "\n")
    .replaceAll(notAllowed, "");
}

/** The lines of a text; a person's sentence may hold several. Blank ones are dropped. */
export function linesOf(text: string): readonly string[] {
  return cleanText(text)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
