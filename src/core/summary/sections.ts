/**
 * The sections of a discharge summary, in reading order, with the code and title that each jurisdiction gives them.
 * Data, not rules: a new jurisdiction is a new column here.
 */
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

/** LOINC code, LOINC display and the title printed above the text. */
export interface SectionHeading {
  readonly code: string;
  readonly display: string;
  readonly title: string;
}

const heading = (code: string, display: string, title: string): SectionHeading => ({ code, display, title });

/** C-CDA Discharge Summary's section codes. */
const us: Record<SectionId, SectionHeading> = {
  reason: heading("29299-5", "Reason for visit Narrative", "Reason for hospitalization"),
  course: heading("8648-8", "Hospital course Narrative", "Hospital course"),
  diagnoses: heading("11535-2", "Hospital discharge Dx Narrative", "Discharge diagnoses"),
  procedures: heading("47519-4", "History of Procedures Document", "Procedures"),
  results: heading("30954-2", "Relevant diagnostic tests/laboratory data note", "Results"),
  allergies: heading("48765-2", "Allergies and adverse reactions Document", "Allergies and intolerances"),
  medications: heading("10183-2", "Hospital discharge medications Narrative", "Discharge medications"),
  condition: heading("8650-4", "Hospital discharge disposition note", "Condition and disposition at discharge"),
  instructions: heading("8653-8", "Hospital discharge instructions", "Instructions to patient and family"),
  "follow-up": heading("18776-5", "Plan of care note", "Follow-up"),
  // No LOINC section code means "pending": C-CDA puts these into the plan, and so does the Composition, as its subsection.
  pending: heading("18776-5", "Plan of care note", "Results pending at discharge"),
};

/** HL7 Europe Hospital Discharge Report; only the codes that differ from C-CDA's, and European spelling. */
const eu: Record<SectionId, SectionHeading> = {
  ...us,
  reason: heading("67851-6", "Admission evaluation note", "Reason for hospitalisation"),
  procedures: heading("10185-7", "Hospital discharge procedures Narrative", "Significant procedures"),
  results: heading("30954-2", "Relevant diagnostic tests/laboratory data note", "Significant results"),
  medications: heading("75311-1", "Discharge medications Narrative", "Discharge medications"),
};

const headings: Record<Jurisdiction, Record<SectionId, SectionHeading>> = { us, eu };

/** Code and title of one section in one jurisdiction. */
export function sectionHeading(id: SectionId, jurisdiction: Jurisdiction): SectionHeading {
  return headings[jurisdiction][id];
}

/** The document's own type: US 18842-5, EU HDR fixes 34105-7 (Composition.type and DocumentReference.type). */
export const documentTypes: Record<Jurisdiction, SectionHeading> = {
  us: heading("18842-5", "Discharge summary", "Discharge summary"),
  eu: heading("34105-7", "Hospital Discharge summary", "Hospital Discharge Report"),
};

/** The sections in reading order; what an engine left out stays out. */
export function inReadingOrder(sections: readonly Section[]): readonly Section[] {
  return sections.toSorted((a, b) => sectionIds.indexOf(a.id) - sectionIds.indexOf(b.id));
}
