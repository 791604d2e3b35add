/**
 * The document as PDF/A-2b (ISO 19005-2), tagged: what an archive keeps for thirty years and a screen reader can read. Not in core,
 * because its fonts are files; what it prints is core's layout and nothing else.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
// oxlint-disable-next-line import/no-named-as-default -- its types know the default export only
import PDFDocument from "pdfkit";
import type { DocumentInput } from "../core/document/document-input.ts";
import { documentTime } from "../core/document/document-input.ts";
import type { Layout, LayoutSection } from "../core/document/layout.ts";
import { layoutOf } from "../core/document/layout.ts";
import { bold, printable, regular } from "./fonts.ts";
import { colors, MARGIN, RUNNING, sizes } from "./page.ts";
import { stampPages } from "./stamp-pages.ts";

type Pdf = InstanceType<typeof PDFDocument>;
type Element = ReturnType<Pdf["struct"]>;

const titleOf = ({ title, label }: Layout): string => (label === undefined ? title : `${title} (${label})`);

function createPdf(input: DocumentInput, layout: Layout): Pdf {
  // The document's own time, not the clock's: the same version gives the same bytes.
  const time = new Date(documentTime(input.summary));
  return new PDFDocument({
    size: input.jurisdiction.paper,
    margins: { top: MARGIN + RUNNING, bottom: MARGIN + RUNNING, left: MARGIN, right: MARGIN },
    pdfVersion: "1.7",
    subset: "PDF/A-2b",
    tagged: true,
    lang: input.language,
    displayTitle: true,
    bufferPages: true,
    font: regular.path,
    info: { Title: titleOf(layout), Producer: "Handover", Creator: "Handover", CreationDate: time, ModDate: time },
  });
}

interface TextStyle {
  readonly size: number;
  readonly isBold?: boolean;
  readonly color?: string;
  readonly indent?: number;
  /** White space below, in points. */
  readonly after?: number;
  /** White space above, in points. */
  readonly before?: number;
  /** Height that must be left on the page for this and what follows it. */
  readonly keep?: number;
}

/** One tagged element of running text. It goes to the next page whole where too little of this one is left. */
function text(pdf: Pdf, type: string, words: string, style: TextStyle): Element {
  const { size, isBold = false, color = colors.ink, indent = 0, after = 3, before = 0, keep = 2 * size } = style;
  return pdf.struct(type, {}, () => {
    pdf.y += before;
    if (pdf.y + keep > pdf.page.maxY()) pdf.continueOnNewPage();
    pdf.font(isBold ? bold.path : regular.path, size).fillColor(color);
    pdf.text(printable(words), MARGIN + indent, pdf.y);
    pdf.y += after;
  });
}

function listItem(pdf: Pdf, lines: readonly string[]): Element {
  const bullet = pdf.struct("Lbl", {}, () => {
    if (pdf.y + 2 * sizes.body > pdf.page.maxY()) pdf.continueOnNewPage();
    const { y } = pdf;
    pdf
      .font(regular.path, sizes.body)
      .fillColor(colors.muted)
      .text("•", MARGIN + 2, y, { lineBreak: false });
    pdf.y = y;
  });
  const body = text(pdf, "LBody", lines.join("\n"), { size: sizes.body, indent: 13, after: 2, keep: 0 });
  return pdf.struct("LI", {}, [bullet, body]);
}

const aside = (pdf: Pdf, words: string): Element =>
  text(pdf, "P", words, { size: sizes.body, color: colors.muted, after: 2 });

function bodyOf(pdf: Pdf, { style, entries, note, remark }: LayoutSection): readonly Element[] {
  if (note !== undefined) return [aside(pdf, note)];
  const remarks = remark === undefined ? [] : [aside(pdf, remark)];
  if (style === "prose") {
    const prose = entries.map((lines) => lines.join("\n")).join(" ");
    return [text(pdf, "P", prose, { size: sizes.body }), ...remarks];
  }
  return [
    pdf.struct(
      "L",
      {},
      entries.map((lines) => listItem(pdf, lines)),
    ),
    ...remarks,
  ];
}

function sectionOf(pdf: Pdf, section: LayoutSection): Element {
  const heading = text(pdf, "H2", section.title, {
    size: sizes.heading,
    isBold: true,
    before: 7,
    // A heading alone at the foot of a page is a section that nobody finds.
    keep: 4 * sizes.heading,
  });
  return pdf.struct("Sect", {}, [heading, ...bodyOf(pdf, section)]);
}

function head(pdf: Pdf, { title, label, header }: Layout): readonly Element[] {
  const mark =
    label === undefined ? [] : [text(pdf, "P", label, { size: sizes.body, isBold: true, color: colors.warning })];
  return [
    text(pdf, "H1", title, { size: sizes.title, isBold: true }),
    ...mark,
    ...header.map((line) => text(pdf, "P", line, { size: sizes.body, after: 1 })),
  ];
}

function foot(pdf: Pdf, { footer }: Layout): readonly Element[] {
  return footer.map((line, index) =>
    text(pdf, "P", line, { size: sizes.small, color: colors.muted, after: 1, before: index === 0 ? 8 : 0 }),
  );
}

async function bytesOf(pdf: Pdf): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of pdf) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The document of one version; the same version gives the same bytes. Throws AdapterError `state_conflict` for a discarded draft. */
export async function renderPdf(input: DocumentInput): Promise<Buffer> {
  const layout = layoutOf(input);
  const pdf = createPdf(input, layout);
  const document = pdf.struct("Document");
  pdf.addStructure(document);
  for (const element of head(pdf, layout)) document.add(element);
  for (const section of layout.sections) {
    document.add(sectionOf(pdf, section));
    // Setting type is work of its own: between two sections other calls come through.
    await nextTurn();
  }
  for (const element of foot(pdf, layout)) document.add(element);
  document.end();
  stampPages(pdf, layout);
  pdf.end();
  return bytesOf(pdf);
}
