/** What every discharge summary has to hold, or say that it is not documented. */
import type { Section, SectionId } from "../core/summary/summary.ts";
import { kindOfSections, sectionsOfKind } from "../core/summary/sections.ts";
import type { Check } from "./checks.ts";
import { check } from "./checks.ts";

interface Element {
  readonly name: string;
  /** Any of these sections tells it. */
  readonly sections: readonly SectionId[];
}

/** The six of the Joint Commission without the signature, which comes later; and what a patient is harmed by if it is lost. */
const elements: readonly Element[] = [
  { name: "reason for hospitalization", sections: ["reason"] },
  { name: "significant findings", sections: ["diagnoses", "results"] },
  { name: "procedures and treatment", sections: ["procedures", "course"] },
  { name: "condition and disposition", sections: ["condition"] },
  { name: "information to patient and family", sections: ["instructions"] },
  { name: "provisions for follow-up", sections: ["follow-up"] },
  { name: "allergies", sections: ["allergies"] },
  { name: "medications", sections: ["medications"] },
  { name: "pending results", sections: ["pending"] },
];

const speaks = (section: Section | undefined): boolean =>
  section !== undefined && (section.sentences.length > 0 || (section.lookedFor ?? "") !== "");

/** Every section that a stay of its kind has speaks, and so does every element that it can have. */
export function elementChecks(sections: readonly Section[]): readonly Check[] {
  const spoken = (id: SectionId): boolean => speaks(sections.find((section) => section.id === id));
  const expected = sectionsOfKind(kindOfSections(sections));
  const due = elements.filter((element) => element.sections.some((id) => expected.includes(id)));
  return [
    check("sections.missing", expected, (id) =>
      spoken(id) ? undefined : { what: `section ${id} is missing or empty`, references: [] },
    ),
    check("elements.present", due, ({ name, sections: ids }) =>
      ids.some(spoken) ? undefined : { what: `${name} is neither told nor said to be not documented`, references: [] },
    ),
  ];
}
