/**
 * The sections of a discharge summary, in reading order, with the code that each jurisdiction gives them. Data, not rules: a
 * new jurisdiction is a new column here, with its titles in the catalogue of each language.
 */
import type { Language } from "../language/language.ts";
import { wordingOf } from "../language/wording.ts";
import type { Section, SectionId } from "./summary.ts";

export type Jurisdiction = "us" | "eu";

/** Every section, in the order in which every rendering prints them. */
export const sectionIds = [
  "reason",
  "course",
  "diagnoses",
  "procedures",
  "results",
  "allergies",
  "medications",
  "condition",
  "instructions",
  "follow-up",
  "pending",
] as const satisfies readonly SectionId[];

/** LOINC code and LOINC display. */
export interface SectionCode {
  readonly code: string;
  readonly display: string;
}

/** With the title printed above the text. */
export interface SectionHeading extends SectionCode {
  readonly title: string;
}

const loinc = (code: string, display: string): SectionCode => ({ code, display });

/** C-CDA Discharge Summary's section codes. */
const us: Record<SectionId, SectionCode> = {
  reason: loinc("29299-5", "Reason for visit Narrative"),
  course: loinc("8648-8", "Hospital course Narrative"),
  diagnoses: loinc("11535-2", "Hospital discharge Dx Narrative"),
  procedures: loinc("47519-4", "History of Procedures Document"),
  results: loinc("30954-2", "Relevant diagnostic tests/laboratory data note"),
  allergies: loinc("48765-2", "Allergies and adverse reactions Document"),
  medications: loinc("10183-2", "Hospital discharge medications Narrative"),
  condition: loinc("8650-4", "Hospital discharge disposition note"),
  instructions: loinc("8653-8", "Hospital discharge instructions"),
  "follow-up": loinc("18776-5", "Plan of care note"),
  // No LOINC section code means "pending": C-CDA puts these into the plan, and so does the Composition, as its subsection.
  pending: loinc("18776-5", "Plan of care note"),
};

/** HL7 Europe Hospital Discharge Report; only the codes that differ from C-CDA's. */
const eu: Record<SectionId, SectionCode> = {
  ...us,
  reason: loinc("67851-6", "Admission evaluation note"),
  procedures: loinc("10185-7", "Hospital discharge procedures Narrative"),
  medications: loinc("75311-1", "Discharge medications Narrative"),
};

const codes: Record<Jurisdiction, Record<SectionId, SectionCode>> = { us, eu };

/** Code of one section in one jurisdiction, with its title in one language. */
export function sectionHeading(id: SectionId, jurisdiction: Jurisdiction, language: Language = "en"): SectionHeading {
  return { ...codes[jurisdiction][id], title: wordingOf(language).text(`heading.${jurisdiction}.${id}`) };
}

/** Code of the document in one jurisdiction, with its title in one language. */
export function documentHeading(jurisdiction: Jurisdiction, language: Language): SectionHeading {
  return { ...documentTypes[jurisdiction], title: wordingOf(language).text(`title.${jurisdiction}`) };
}

/** The document's own type: US 18842-5, EU HDR fixes 34105-7 (Composition.type and DocumentReference.type). */
export const documentTypes: Record<Jurisdiction, SectionCode> = {
  us: loinc("18842-5", "Discharge summary"),
  eu: loinc("34105-7", "Hospital Discharge summary"),
};

/** The sections in reading order; what an engine left out stays out. */
export function inReadingOrder(sections: readonly Section[]): readonly Section[] {
  return sections.toSorted((a, b) => sectionIds.indexOf(a.id) - sectionIds.indexOf(b.id));
}
