/** The document as Markdown. Every word of the content is escaped: a chart must not be able to write a link or a heading. */
import type { DocumentInput } from "./document-input.ts";
import type { LayoutSection } from "./layout.ts";
import { layoutOf } from "./layout.ts";

/** Characters that mean something anywhere. */
const special = /[\\`*_{}[\]<>#|~&!@]/gu;
/** What a reader that makes links of plain text goes by: `//`, and a point between words. */
const linkLike = /\/(?=\/)|(?<=\/)\/|(?<=[\p{L}\p{N}-])\.(?=\p{L})/gu;
/** Characters that mean something at the start of a line: lists, rules, quotes, headings underlined. */
const leading = /^(?:[-+=>]|\d+(?=[.)]))/u;

/** Text that CommonMark and GitHub's dialect print as it stands. */
export function escapeMarkdown(text: string): string {
  const escaped = text.replaceAll(special, "\\$&").replaceAll(linkLike, "\\$&");
  return escaped.replace(leading, (start) => (/\d/u.test(start) ? `${start}\\` : `\\${start}`));
}

const breakLine = "\\\n";

function entryLines({ style, entries }: LayoutSection): readonly string[] {
  if (style === "list") return entries.map((lines) => `- ${lines.map(escapeMarkdown).join(`${breakLine}  `)}`);
  const prose = entries.map((lines) => lines.map(escapeMarkdown).join(breakLine)).join(" ");
  return prose.split("\n");
}

function sectionLines(section: LayoutSection): readonly string[] {
  const { title, note, remark } = section;
  const heading = ["", `## ${escapeMarkdown(title)}`, ""];
  if (note !== undefined) return [...heading, `*${escapeMarkdown(note)}*`];
  return [...heading, ...entryLines(section), ...(remark === undefined ? [] : ["", `*${escapeMarkdown(remark)}*`])];
}

/** UTF-8 text with `\n` line ends and one at the end. */
export function renderMarkdown(input: DocumentInput): string {
  const { title, label, header, sections, footer } = layoutOf(input);
  const mark = label === undefined ? [] : ["", `**${escapeMarkdown(label)}**`];
  const lines = [
    `# ${escapeMarkdown(title)}`,
    ...mark,
    ...header.flatMap((line) => ["", escapeMarkdown(line)]),
    ...sections.flatMap(sectionLines),
    "",
    "---",
    ...footer.flatMap((line) => ["", escapeMarkdown(line)]),
  ];
  return `${lines.join("\n")}\n`;
}
