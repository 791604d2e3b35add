/** The document as plain text, for EHRs that keep notes as such and for copying. */
import type { DocumentInput } from "./document-input.ts";
import type { LayoutSection } from "./layout.ts";
import { layoutOf } from "./layout.ts";

function sectionLines({ title, style, entries, note }: LayoutSection): readonly string[] {
  const heading = ["", title.toUpperCase()];
  if (note !== undefined) return [...heading, note];
  if (style === "prose")
    return [
      ...heading,
      ...entries
        .map((lines) => lines.join("\n"))
        .join(" ")
        .split("\n"),
    ];
  // The lines of one entry hang under its dash.
  return [...heading, ...entries.flatMap((lines) => lines.map((line, index) => `${index === 0 ? "- " : "  "}${line}`))];
}

/** UTF-8 text with `\n` line ends and one at the end. */
export function renderPlainText(input: DocumentInput): string {
  const { title, label, header, sections, footer } = layoutOf(input);
  const mark = label === undefined ? [] : [`*** ${label} ***`];
  const lines = [title.toUpperCase(), ...mark, ...header, ...sections.flatMap(sectionLines), "", ...footer, ...mark];
  return `${lines.join("\n")}\n`;
}
