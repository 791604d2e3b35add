/** The body: each section by its C-CDA template with narrative text. Templates whose entries are optional: our evidence is in the EHR. */
import type { Section, SectionId } from "../../summary/summary.ts";
import { sectionHeading } from "../../summary/sections.ts";
import type { DocumentInput } from "../document-input.ts";
import { documentSections, labelOf } from "../document-input.ts";
import type { LayoutSection } from "../layout.ts";
import { layoutOfSection } from "../layout.ts";
import type { Code } from "./data-types.ts";
import { coded, loinc, template } from "./data-types.ts";
import type { Xml } from "./xml.ts";
import { element, words } from "./xml.ts";

interface Template {
  /** OID, with its version where it has one. */
  readonly id: string;
  /** The LOINC code that the template fixes: another jurisdiction's code would not conform to it. */
  readonly code: string;
  readonly display: string;
  /** The LOINC code that must stand beside it. */
  readonly translation?: Code;
}

const ofTemplate = (id: string, code: string, display: string, translation?: readonly [string, string]): Template => {
  const [other, otherDisplay] = translation ?? [];
  const beside = other === undefined ? {} : { translation: { code: other, system: loinc, display: otherDisplay } };
  return { id, code, display, ...beside };
};

/** Sections that C-CDA has a template for; the others are sections by their LOINC code alone. */
const templates: Partial<Record<SectionId, Template>> = {
  reason: ofTemplate("2.16.840.1.113883.10.20.22.2.12", "29299-5", "Reason for visit Narrative"),
  course: ofTemplate("1.3.6.1.4.1.19376.1.5.3.1.3.5", "8648-8", "Hospital course Narrative"),
  // CONF:1198-32834
  diagnoses: ofTemplate("2.16.840.1.113883.10.20.22.2.24:2015-08-01", "11535-2", "Hospital discharge Dx Narrative", [
    "78375-3",
    "Discharge diagnosis Narrative",
  ]),
  procedures: ofTemplate("2.16.840.1.113883.10.20.22.2.7:2014-06-09", "47519-4", "History of Procedures Document"),
  results: ofTemplate(
    "2.16.840.1.113883.10.20.22.2.3:2015-08-01",
    "30954-2",
    "Relevant diagnostic tests/laboratory data note",
  ),
  allergies: ofTemplate(
    "2.16.840.1.113883.10.20.22.2.6:2015-08-01",
    "48765-2",
    "Allergies and adverse reactions Document",
  ),
  // The same of the medications (CONF:1198-32857 where entries are required).
  medications: ofTemplate(
    "2.16.840.1.113883.10.20.22.2.11:2015-08-01",
    "10183-2",
    "Hospital discharge medications Narrative",
    ["75311-1", "Discharge medications Narrative"],
  ),
  instructions: ofTemplate("2.16.840.1.113883.10.20.22.2.41", "8653-8", "Hospital discharge instructions"),
  "follow-up": ofTemplate("2.16.840.1.113883.10.20.22.2.10:2014-06-09", "18776-5", "Plan of care note"),
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
  const layout = layoutOfSection(section, input);
  const label = labelOf(input);
  const fixed = templates[section.id];
  const { code, display } = fixed ?? sectionHeading(section.id, input.jurisdiction);
  const isEmpty = layout.note !== undefined && nested.length === 0;
  return element(
    "component",
    {},
    element(
      "section",
      { nullFlavor: isEmpty ? "NI" : undefined },
      fixed === undefined ? undefined : template(fixed.id),
      coded("code", { code, system: loinc, display }, fixed?.translation),
      element("title", {}, words(layout.title)),
      // The label goes with each section, because one may be shown alone.
      element("text", {}, ...(label === undefined ? [] : [paragraph(label, "Bold")]), ...bodyOf(layout)),
      ...nested.map((child) => sectionOf(child, input)),
    ),
  );
}

/** Pending results are part of the plan, as in the Composition. */
export function sectionsOf(input: DocumentInput): readonly Xml[] {
  const sections = documentSections(input);
  const hasPlan = sections.some(({ id }) => id === "follow-up");
  const pending = hasPlan ? sections.filter(({ id }) => id === "pending") : [];
  return sections
    .filter((section) => !pending.includes(section))
    .map((section) => sectionOf(section, input, section.id === "follow-up" ? pending : []));
}
