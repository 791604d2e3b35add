/** The document as plain text, for EHRs that keep notes as such and for copying. */
import type { DocumentInput } from "./document-input.ts";
import type { LayoutSection } from "./layout.ts";
import { layoutOf } from "./layout.ts";

function entryLines({ style, entries }: LayoutSection): readonly string[] {
  if (style === "prose")
    return entries
      .map((lines) => lines.join("\n"))
      .join(" ")
      .split("\n");
  // The lines of one entry hang under its dash.
  return entries.flatMap((lines) => lines.map((line, index) => `${index === 0 ? "- " : "  "}${line}`));
}

function sectionLines(section: LayoutSection): readonly string[] {
  const { title, note, remark } = section;
  const heading = ["", title.toUpperCase()];
  if (note !== undefined) return [...heading, note];
  return [...heading, ...entryLines(section), ...(remark === undefined ? [] : [`[${remark}]`])];
}

/** UTF-8 text with `\n` line ends and one at the end. */
export function renderPlainText(input: DocumentInput): string {
  const { title, label, header, sections, footer } = layoutOf(input);
  const mark = label === undefined ? [] : [`*** ${label} ***`];
  const lines = [title.toUpperCase(), ...mark, ...header, ...sections.flatMap(sectionLines), "", ...footer, ...mark];
  return `${lines.join("\n")}\n`;
}
