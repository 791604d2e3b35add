/** The body: each section by its C-CDA template with narrative text. Templates whose entries are optional: our evidence is in the EHR. */
import { languageOf } from "../../language/language.ts";
import type { Section, SectionId } from "../../summary/summary.ts";
import { inReadingOrder, kindOfSections, sectionHeading } from "../../summary/sections.ts";
import type { DocumentInput } from "../document-input.ts";
import { labelOf } from "../document-input.ts";
import type { LayoutSection } from "../layout.ts";
import { layoutOfSection } from "../layout.ts";
import { coded, loinc, template } from "./data-types.ts";
import type { Xml } from "./xml.ts";
import { element, words } from "./xml.ts";

/** Sections that C-CDA has a template for; the others are sections by their LOINC code alone. */
const templates: Partial<Record<SectionId, string>> = {
  reason: "2.16.840.1.113883.10.20.22.2.12",
  course: "1.3.6.1.4.1.19376.1.5.3.1.3.5",
  diagnoses: "2.16.840.1.113883.10.20.22.2.24:2015-08-01",
  procedures: "2.16.840.1.113883.10.20.22.2.7:2014-06-09",
  results: "2.16.840.1.113883.10.20.22.2.3:2015-08-01",
  allergies: "2.16.840.1.113883.10.20.22.2.6:2015-08-01",
  medications: "2.16.840.1.113883.10.20.22.2.11:2015-08-01",
  instructions: "2.16.840.1.113883.10.20.22.2.41",
  "follow-up": "2.16.840.1.113883.10.20.22.2.10:2014-06-09",
};

function lines(texts: readonly string[]): Xml {
  return { markup: texts.map((text) => words(text).markup).join("<br/>") };
}

const paragraph = (text: string, styleCode?: string): Xml =>
  element("paragraph", {}, styleCode === undefined ? words(text) : element("content", { styleCode }, words(text)));

function bodyOf({ style, entries, note, remark }: LayoutSection): readonly Xml[] {
  if (note !== undefined) return [paragraph(note, "Italics")];
  const remarks = remark === undefined ? [] : [paragraph(remark, "Italics")];
  if (style === "prose")
    return [element("paragraph", {}, { markup: entries.map((entry) => lines(entry).markup).join(" ") }), ...remarks];
  return [element("list", {}, ...entries.map((entry) => element("item", {}, lines(entry)))), ...remarks];
}

function sectionOf(section: Section, input: DocumentInput, nested: readonly Section[] = []): Xml {
  const { code, display, title } = sectionHeading(
    section.id,
    input.jurisdiction,
    languageOf(input.language),
    kindOfSections(input.summary.sections),
  );
  const layout = layoutOfSection(section, input);
  const label = labelOf(input);
  const id = templates[section.id];
  const isEmpty = layout.note !== undefined && nested.length === 0;
  return element(
    "component",
    {},
    element(
      "section",
      { nullFlavor: isEmpty ? "NI" : undefined },
      id === undefined ? undefined : template(id),
      coded("code", { code, system: loinc, display }),
      element("title", {}, words(title)),
      // The label goes with each section, because one may be shown alone.
      element("text", {}, ...(label === undefined ? [] : [paragraph(label, "Bold")]), ...bodyOf(layout)),
      ...nested.map((child) => sectionOf(child, input)),
    ),
  );
}

/** Pending results are part of the plan, as in the Composition. */
export function sectionsOf(input: DocumentInput): readonly Xml[] {
  const sections = inReadingOrder(input.summary.sections);
  const hasPlan = sections.some(({ id }) => id === "follow-up");
  const pending = hasPlan ? sections.filter(({ id }) => id === "pending") : [];
  return sections
    .filter((section) => !pending.includes(section))
    .map((section) => sectionOf(section, input, section.id === "follow-up" ? pending : []));
}
