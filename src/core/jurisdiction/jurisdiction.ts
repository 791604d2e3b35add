/**
 * What differs from one jurisdiction to another: the document's type, its sections' codes and titles, which sections must not
 * be missing, the paper. Data: one file each (src/config/jurisdictions), checked against this schema at the start.
 */
import { z } from "zod";
import { languages } from "../language/language.ts";
import { extraSectionIds, sectionIds } from "../summary/section-ids.ts";

/** LOINC's check digit (Luhn, mod 10) is the last one: a slip of the finger in a data file stops the start. */
function hasCheckDigit(code: string): boolean {
  const [digits = "", check] = code.split("-");
  const sum = digits
    .split("")
    .toReversed()
    .reduce((total, digit, at) => {
      const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return (10 - (sum % 10)) % 10 === Number(check);
}

const coded = z.strictObject({
  /** LOINC code. */
  code: z
    .string()
    .regex(/^\d{1,7}-\d$/u)
    .refine(hasCheckDigit, "is no LOINC code: its check digit is wrong"),
  /** LOINC's own name of it. */
  display: z.string().min(1),
});

const title = z.record(z.enum(languages), z.string().min(1).max(80));

export const jurisdictionSchema = z.strictObject({
  /** As `generation.jurisdiction` names it; the file's name. */
  id: z.string().regex(/^[a-z][a-z0-9-]{1,31}$/u),
  /** Whose rules these are. */
  about: z.string().min(1),
  paper: z.enum(["A4", "LETTER"]),
  /** Languages whose hospitals get it unless they say otherwise. */
  languages: z.array(z.enum(languages)),
  documentType: coded,
  /** The document's title. */
  title,
  /** Sections of every stay; a required one stands in each document, if only to say that nothing is documented. */
  sections: z.record(z.enum(sectionIds), coded.extend({ title, required: z.boolean().default(false) })),
  /** Sections that only some kinds of stay have; titled by the catalogue of the language. */
  extraSections: z.record(z.enum(extraSectionIds), coded),
});
export type Jurisdiction = z.infer<typeof jurisdictionSchema>;
