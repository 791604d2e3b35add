/** The languages that summaries are written in. */

export const languages = ["en", "de"] as const;

export type Language = (typeof languages)[number];

/** A BCP 47 tag of a language that summaries are written in, with any region or script: `en`, `de-CH`. */
export const languageTag = /^(?:en|de)(?:-[A-Za-z0-9]{2,8})*$/u;

/** The language of a BCP 47 tag; English for what is not written here, which no configuration lets through. */
export function languageOf(tag: string): Language {
  const primary = tag.toLowerCase().split("-")[0];
  return languages.find((language) => language === primary) ?? "en";
}

/**
 * The language for somebody of whom nothing is known: the one that all hospitals here share, else the first that their browser
 * asks for and that is written here.
 * @param tags of the hospitals
 * @param accepted of the browser, the best first
 * @returns a BCP 47 tag
 */
export function languageForStranger(tags: readonly string[], accepted: readonly string[]): string {
  const [first = "en", ...others] = [...new Set(tags)];
  if (others.length === 0) return first;
  return accepted.find((tag) => languageTag.test(tag)) ?? "en";
}
