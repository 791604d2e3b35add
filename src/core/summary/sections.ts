/** The sections of a discharge summary by kind of stay, in reading order, with the codes and titles of a jurisdiction. */
import type { Jurisdiction } from "../jurisdiction/jurisdiction.ts";
import type { Language } from "../language/language.ts";
import type { Wording } from "../language/wording.ts";
import { wordingOf } from "../language/wording.ts";
import type { StayKind } from "../stay/stay-kind.ts";
import { stayKinds } from "../stay/stay-kind.ts";
import { allSectionIds, extraSectionIds, sectionIds } from "./section-ids.ts";
import type { ExtraSectionId, Section, SectionId } from "./summary.ts";

export { allSectionIds, sectionIds };

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

/** The kind of stay that a summary tells of, by the section that only it has. */
export function kindOfSections(sections: readonly Pick<Section, "id">[]): StayKind {
  return (
    stayKinds.find((kind) => {
      const { extra } = sets[kind];
      return extra !== undefined && sections.some(({ id }) => id === extra);
    }) ?? "ordinary"
  );
}

/** LOINC code, LOINC's name of it, and the title printed above the text. */
export interface SectionHeading {
  readonly code: string;
  readonly display: string;
  readonly title: string;
}

function isExtra(id: SectionId): id is ExtraSectionId {
  return extraSectionIds.some((extra) => extra === id);
}

const ofDeath = ["diagnoses", "medications", "condition", "pending"] as const;

function headingOf(
  id: SectionId,
  { sections, extraSections }: Jurisdiction,
  words: Wording,
  kind: StayKind,
): SectionHeading {
  if (isExtra(id)) return { ...extraSections[id], title: words.text(`heading.extra.${id}`) };
  const { code, display, title } = sections[id];
  const own = kind === "death" ? ofDeath.find((known) => known === id) : undefined;
  return { code, display, title: own === undefined ? title[words.language] : words.text(`heading.death.${own}`) };
}

/** Code of one section in one jurisdiction, with its title in one language for one kind of stay. */
export function sectionHeading(
  id: SectionId,
  jurisdiction: Jurisdiction,
  language: Language = "en",
  kind: StayKind = "ordinary",
): SectionHeading {
  return headingOf(id, jurisdiction, wordingOf(language), kind);
}

/** Code of the document in one jurisdiction (Composition.type and DocumentReference.type), with its title in one language. */
export function documentHeading({ documentType, title }: Jurisdiction, language: Language): SectionHeading {
  return { ...documentType, title: title[language] };
}

/**
 * The sections, and behind them those that the jurisdiction requires and that no engine delivered: they say that nothing is
 * documented. A required code that another section bears is there: the plan of who died is what is still pending.
 */
export function withRequiredSections(
  sections: readonly Section[],
  jurisdiction: Jurisdiction,
  language: Language,
): readonly Section[] {
  const codeOf = (id: SectionId): string => sectionHeading(id, jurisdiction).code;
  const there = new Set(sections.map(({ id }) => codeOf(id)));
  const missing = sectionIds.filter((id) => jurisdiction.sections[id].required && !there.has(codeOf(id)));
  return [
    ...sections,
    ...missing.map((id): Section => {
      const { code, title } = sectionHeading(id, jurisdiction, language);
      return { id, code, title, status: "not-documented", sentences: [] };
    }),
  ];
}

/**
 * The sections in reading order; what an engine left out stays out.
 *
 * @param first sections that a hospital wants to read before all others
 */
export function inReadingOrder(sections: readonly Section[], first: readonly SectionId[] = []): readonly Section[] {
  const ids = [...first, ...allSectionIds.filter((id) => !first.includes(id))];
  return sections.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}
