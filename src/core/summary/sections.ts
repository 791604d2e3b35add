/**
 * The sections of a discharge summary, in reading order, with the code that each jurisdiction gives them. Data, not rules: a
 * new jurisdiction is a new column here, with its titles in the catalogue of each language.
 */
import type { Language } from "../language/language.ts";
import type { Wording } from "../language/wording.ts";
import { wordingOf } from "../language/wording.ts";
import type { StayKind } from "../stay/stay-kind.ts";
import { stayKinds } from "../stay/stay-kind.ts";
import type { ExtraSectionId, Section, SectionId } from "./summary.ts";

export type Jurisdiction = "us" | "eu";

/** The sections of an ordinary stay, in the order in which every rendering prints them. */
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
  "patient-information",
] as const satisfies readonly SectionId[];

/** What a kind of stay adds, right behind which section, and what it leaves out. */
interface SectionSet {
  readonly extra?: ExtraSectionId;
  readonly behind?: SectionId;
  readonly without?: readonly SectionId[];
}

const sets: Readonly<Record<StayKind, SectionSet>> = {
  ordinary: {},
  // Nobody is left to instruct or to see again; what is still pending concerns the family and the certificate.
  death: { extra: "death", behind: "reason", without: ["instructions", "follow-up", "patient-information"] },
  // The next hospital decides what is taken; a newborn reads nothing, and its medicines are not "yours".
  transfer: { extra: "handover", behind: "condition", without: ["patient-information"] },
  "against-advice": { extra: "against-advice", behind: "condition" },
  observation: { extra: "observation", behind: "reason" },
  newborn: { extra: "newborn", behind: "reason", without: ["patient-information"] },
  delivery: { extra: "delivery", behind: "reason" },
};

/** The sections of a stay of this kind, in reading order. */
export function sectionsOfKind(kind: StayKind): readonly SectionId[] {
  const { extra, behind, without = [] } = sets[kind];
  return sectionIds
    .filter((id) => !without.includes(id))
    .flatMap((id) => (extra !== undefined && id === behind ? [id, extra] : [id]));
}

/** Every section that any stay has, in reading order. */
export const allSectionIds = [
  "reason",
  "death",
  "observation",
  "newborn",
  "delivery",
  "course",
  "diagnoses",
  "procedures",
  "results",
  "allergies",
  "medications",
  "condition",
  "against-advice",
  "handover",
  "instructions",
  "follow-up",
  "pending",
  "patient-information",
] as const satisfies readonly SectionId[];

/** The kind of stay that a summary tells of, by the section that only it has. */
export function kindOfSections(sections: readonly Pick<Section, "id">[]): StayKind {
  return (
    stayKinds.find((kind) => {
      const { extra } = sets[kind];
      return extra !== undefined && sections.some(({ id }) => id === extra);
    }) ?? "ordinary"
  );
}

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

/** Codes of the sections that only some stays have, in every jurisdiction. */
const extra: Record<ExtraSectionId, SectionCode> = {
  death: loinc("69453-9", "Cause of death [US Standard Certificate of Death]"),
  "against-advice": loinc("8650-4", "Hospital discharge disposition note"),
  handover: loinc("18761-7", "Transfer summary note"),
  observation: loinc("8648-8", "Hospital course Narrative"),
  newborn: loinc("57075-4", "Newborn delivery information"),
  delivery: loinc("57074-7", "Labor and delivery process"),
};

/** C-CDA Discharge Summary's section codes. */
const us: Record<SectionId, SectionCode> = {
  ...extra,
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
  "patient-information": loinc("69730-0", "Instructions"),
};

/** HL7 Europe Hospital Discharge Report; only the codes that differ from C-CDA's. */
const eu: Record<SectionId, SectionCode> = {
  ...us,
  reason: loinc("67851-6", "Admission evaluation note"),
  procedures: loinc("10185-7", "Hospital discharge procedures Narrative"),
  medications: loinc("75311-1", "Discharge medications Narrative"),
};

const codes: Record<Jurisdiction, Record<SectionId, SectionCode>> = { us, eu };

function isExtra(id: SectionId): id is ExtraSectionId {
  return Object.hasOwn(extra, id);
}

const ofDeath = ["diagnoses", "medications", "condition", "pending"] as const;

function titleOf(id: SectionId, jurisdiction: Jurisdiction, words: Wording, kind: StayKind): string {
  if (isExtra(id)) return words.text(`heading.extra.${id}`);
  const own = kind === "death" ? ofDeath.find((known) => known === id) : undefined;
  return words.text(own === undefined ? `heading.${jurisdiction}.${id}` : `heading.death.${own}`);
}

/** Code of one section in one jurisdiction, with its title in one language for one kind of stay. */
export function sectionHeading(
  id: SectionId,
  jurisdiction: Jurisdiction,
  language: Language = "en",
  kind: StayKind = "ordinary",
): SectionHeading {
  return { ...codes[jurisdiction][id], title: titleOf(id, jurisdiction, wordingOf(language), kind) };
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

/**
 * The sections in reading order; what an engine left out stays out.
 *
 * @param first sections that a hospital wants to read before all others
 */
export function inReadingOrder(sections: readonly Section[], first: readonly SectionId[] = []): readonly Section[] {
  const ids = [...first, ...allSectionIds.filter((id) => !first.includes(id))];
  return sections.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}
