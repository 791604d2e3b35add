/**
 * Words that stand by themselves. A class of all letters inside each pattern would say so too, and takes half a millisecond to
 * compile, twice, for each of a hundred patterns: a third of a process's first draft. So a pattern looks at ASCII neighbours only,
 * and what it found is looked at once more for letters and digits of other scripts.
 */
const letterOrDigit = /[\p{L}\p{N}]/u;

/** A pattern for `source` with neither ASCII letter nor ASCII digit beside it; its matches are read by `wholeMatches`. */
export function wholeWords(source: string, flags: string): RegExp {
  return new RegExp(`(?<![a-zA-Z0-9])(?:${source})(?![a-zA-Z0-9])`, flags);
}

/** The matches of a global pattern that no letter or digit of any script stands beside. */
export function wholeMatches(text: string, pattern: RegExp): readonly RegExpExecArray[] {
  return [...text.matchAll(pattern)].filter(({ 0: match, index }) => {
    const [before = "", after = ""] = [text[index - 1], text[index + match.length]];
    return !letterOrDigit.test(before) && !letterOrDigit.test(after);
  });
}
