/**
 * A hospital's own wording as data: titles, order of sections, texts of the catalogue. It lies over the catalogue and changes
 * how things are said, never what: no section, no value and no warning can be taken away by it.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { placesOf, requiredPlacesOf } from "../language/fill.ts";
import type { Language } from "../language/language.ts";
import type { MessageKey } from "../language/messages.ts";
import { catalogue } from "../language/wording.ts";
import { canonicalJson } from "../summary/canonical.ts";
import { allSectionIds } from "../summary/sections.ts";
import type { SectionId } from "../summary/summary.ts";

/** One line of text: what a document prints, without control characters or markup. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => text.isWellFormed() && !/[\p{Cc}<>]/u.test(text), "expected one line of plain text");

export const houseStyleSchema = z.strictObject({
  /** The hospital's own name for this state of its style; kept with every summary written by it. */
  version: z.string().regex(/^[A-Za-z0-9._-]{1,40}$/u),
  /** What stands above a section. */
  titles: z.partialRecord(z.enum(allSectionIds), line(80)).default({}),
  /** Sections that come first, in this order; the others follow in the usual one. */
  order: z
    .array(z.enum(allSectionIds))
    .refine((ids) => new Set(ids).size === ids.length, "a section stands in it twice")
    .default([]),
  /** Texts by their key in the catalogue (`handover style texts`), with the same places in braces. */
  texts: z.record(z.string(), line(600)).default({}),
});
export type HouseStyle = z.infer<typeof houseStyleSchema>;

/** What of a style stays with a summary: its renderings need titles and order later too, and a reviewer its name. */
export interface AppliedStyle {
  readonly version: string;
  /** First twelve hex digits of the SHA-256 over the whole style: one version name for two styles is seen. */
  readonly digest: string;
  readonly titles?: Readonly<Partial<Record<SectionId, string>>>;
  readonly order?: readonly SectionId[];
}

export function appliedStyle(style: HouseStyle): AppliedStyle {
  const digest = createHash("sha256").update(canonicalJson(style), "utf8").digest("hex").slice(0, 12);
  return { version: style.version, digest, titles: style.titles, order: style.order };
}

/** Parts of the catalogue that say what a record holds. */
const own =
  /^(?:reason|course|diagnoses|procedures|devices|immunization|results|pending|allergies|medications|condition|instructions|followUp|death|delivery|handover|newborn|observation|againstAdvice|kind)\./u;
/** What was looked for, and which kind of "none" it is, is said in our words: a softer one may hide that nobody asked. */
const guarded =
  /\.lookedFor$|^allergies\.(?:notAsked|emptyNotAsked|uncovered|other|while\w+|contradicts|mayContradict)$/u;

/** Whether a style may say this text in its own way. */
export function isStylable(key: string, language: Language): key is MessageKey {
  return own.test(key) && !guarded.test(key) && Object.hasOwn(catalogue[language], key);
}

/** Keys that a style may use, each with the text that it replaces. */
export function stylableTexts(language: Language): readonly (readonly [key: string, text: string])[] {
  return Object.entries(catalogue[language]).filter(([key]) => isStylable(key, language));
}

const digits = (text: string): readonly string[] => text.replaceAll(/\{[^}]*\}/gu, "").match(/\d+/gu) ?? [];
const list = (names: readonly string[]): string => names.map((name) => `{${name}}`).join(", ");

/** What is wrong with one text; undefined where nothing is. */
function textProblem(key: string, text: string, language: Language): string | undefined {
  if (!isStylable(key, language)) return "there is no such text, or it is not the style's to change";
  const original = catalogue[language][key];
  const [before, after] = [placesOf(original), placesOf(text)];
  const [lost, strange] = [
    before.filter((name) => !after.includes(name)),
    after.filter((name) => !before.includes(name)),
  ];
  if (lost.length > 0) return `the text lacks ${list(lost)}: a style cannot leave a value out`;
  if (strange.length > 0) return `nothing fills ${list(strange)}`;
  const [needed, given] = [requiredPlacesOf(original), requiredPlacesOf(text)];
  const optional = needed.filter((name) => !given.includes(name));
  if (optional.length > 0) return `${list(optional)} must not stand in brackets`;
  const bare = given.filter((name) => !needed.includes(name));
  if (bare.length > 0) return `${list(bare)} must stand in brackets: it may be absent`;
  const invented = digits(text).filter((number) => !digits(original).includes(number));
  // A number in the wording would stand beside the record's as if it were one of them.
  return invented.length > 0 ? "a style says no numbers of its own" : undefined;
}

export interface StyleProblem {
  /** `texts.medications.new`. */
  readonly at: string;
  readonly problem: string;
}

/** Everything that keeps a style from being used in a language. */
export function styleProblems(style: HouseStyle, language: Language): readonly StyleProblem[] {
  return Object.entries(style.texts).flatMap(([key, text]) => {
    const problem = textProblem(key, text, language);
    return problem === undefined ? [] : [{ at: `texts.${key}`, problem }];
  });
}
