/** What repeats on each page: whose document it is, that it is a draft, which page of how many. A page that is found alone says it all. */
import type PDFDocument from "pdfkit";
import type { Layout } from "../core/document/layout.ts";
import { bold, printable, regular } from "./fonts.ts";
import { colors, MARGIN, RUNNING, sizes } from "./page.ts";

type Pdf = InstanceType<typeof PDFDocument>;

interface Line {
  readonly words: string;
  readonly y: number;
  readonly align: "left" | "right";
  readonly isWarning?: boolean;
}

function print(pdf: Pdf, { words, y, align, isWarning = false }: Line): void {
  pdf.font(isWarning ? bold.path : regular.path, sizes.small).fillColor(isWarning ? colors.warning : colors.muted);
  const width = pdf.page.width - 2 * MARGIN;
  // One line, cut where it is too long: a second one would run into the text.
  pdf.text(printable(words), MARGIN, y, { width, align, height: sizes.small, ellipsis: true });
}

function linesOf(pdf: Pdf, { title, label, header }: Layout, page: number, pages: number): readonly Line[] {
  const top = MARGIN - sizes.small;
  const bottom = pdf.page.height - MARGIN - RUNNING + sizes.small + 4;
  const mark: readonly Line[] = label === undefined ? [] : [{ words: label, y: top, align: "right", isWarning: true }];
  return [
    { words: header[0] ?? title, y: top, align: "left" },
    ...mark,
    { words: title, y: bottom, align: "left" },
    { words: `${page} / ${pages}`, y: bottom, align: "right" },
  ];
}

/** Writes the repeating lines as artifacts: a screen reader reads them on no page. Pages must be buffered. */
export function stampPages(pdf: Pdf, layout: Layout): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let index = 0; index < count; index++) {
    pdf.switchToPage(start + index);
    // Outside the margins no text may begin a new page.
    pdf.page.margins = { ...pdf.page.margins, top: 0, bottom: 0 };
    pdf.markContent("Artifact", { type: "Pagination" });
    for (const line of linesOf(pdf, layout, index + 1, count)) print(pdf, line);
    pdf.endMarkedContent();
  }
}
