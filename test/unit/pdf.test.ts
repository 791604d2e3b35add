/** The document as PDF/A, read by another's reader: what it says is what every other form says. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getDocumentProxy } from "unpdf";
import type { DocumentSummary } from "../../src/core/document/document-input.ts";
import { draftLabel, retractedLabel } from "../../src/core/document/document-input.ts";
import { layoutOf } from "../../src/core/document/layout.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { printForms, renderForm } from "../../src/pdf/forms.ts";
import { renderPdf } from "../../src/pdf/render-pdf.ts";
import { draft, inputOf, signed, withTexts } from "../support/document-fixture.ts";

interface ReadPage {
  readonly text: string;
  /** Roles of its structure elements, in reading order. */
  readonly roles: readonly string[];
}

interface ReadPdf {
  readonly pages: readonly ReadPage[];
  readonly metadata: string;
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof getDocumentProxy>>["getPage"]>>;
type Tree = Awaited<ReturnType<Page["getStructTree"]>>;
type Node = Tree | Tree["children"][number];

const rolesOf = (node: Node): readonly string[] =>
  "role" in node ? [node.role, ...node.children.flatMap(rolesOf)] : [];

async function read(bytes: Uint8Array): Promise<ReadPdf> {
  const pdf = await getDocumentProxy(new Uint8Array(bytes));
  const pages: ReadPage[] = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ("str" in item ? item.str + (item.hasEOL ? " " : "") : "")).join("");
    pages.push({ text, roles: rolesOf(await page.getStructTree()) });
  }
  const { metadata } = await pdf.getMetadata();
  return { pages, metadata: metadata?.getRaw() ?? "" };
}

const squeezed = (text: string): string => text.replaceAll(/\s+/gu, "");

async function textOf(summary: DocumentSummary): Promise<string> {
  return (await read(await renderPdf(inputOf(summary)))).pages.map(({ text }) => text).join(" ");
}

describe("the document as PDF", () => {
  it("says every line of the layout, which the other forms print too, in its order", async () => {
    for (const summary of [draft, signed]) {
      const text = squeezed(await textOf(summary));
      const { title, header, sections, footer } = layoutOf(inputOf(summary));
      const lines = [
        title,
        ...header,
        ...sections.flatMap(({ title: heading, entries, note }) => [
          heading,
          ...entries.flat(),
          ...(note === undefined ? [] : [note]),
        ]),
        ...footer,
      ];
      let from = 0;
      for (const line of lines) {
        const at = text.indexOf(squeezed(line), from);
        assert.notEqual(at, -1, line);
        from = at;
      }
    }
  });

  it("names the patient, and what it is not, on each page", async () => {
    const long = withTexts(draft, "A sentence that takes its place on the page. ".repeat(40));
    const { pages } = await read(await renderPdf(inputOf(long)));
    assert.ok(pages.length > 2);
    for (const [index, { text }] of pages.entries()) {
      assert.match(text, /Mara Quill/u);
      assert.ok(text.includes(draftLabel));
      assert.match(text, new RegExp(`${index + 1} / ${pages.length}`, "u"));
    }
    assert.ok(!(await textOf(signed)).includes(draftLabel));
    assert.ok((await textOf({ ...signed, docStatus: "entered-in-error" })).includes(retractedLabel));
  });

  it("is PDF/A-2b and tagged: title, sections, lists and paragraphs are what they are to a screen reader", async () => {
    const { pages, metadata } = await read(await renderPdf(inputOf(draft)));
    assert.match(metadata, /<pdfaid:part>2<\/pdfaid:part>\s*<pdfaid:conformance>B<\/pdfaid:conformance>/u);
    const roles = new Set(pages.flatMap(({ roles: found }) => found));
    for (const role of ["Document", "H1", "H2", "Sect", "P", "L", "LI", "LBody"]) assert.ok(roles.has(role), role);
  });

  it("has the same bytes for the same version", async () => {
    assert.ok((await renderPdf(inputOf(signed))).equals(await renderPdf(inputOf(signed))));
  });

  it("shows letters of other scripts, and numbers what no font of its own holds", async () => {
    const text = squeezed(await textOf(withTexts(draft, "Größe µmol/L ≥ 3 ↑ Ωμέγα Жизнь 日 🙂")));
    assert.ok(text.normalize("NFKC").includes("Größeµmol/L≥3↑ΩμέγαЖизнь[U+65E5][U+1F642]".normalize("NFKC")));
  });

  it("does not exist of a discarded draft", async () => {
    const discarded = inputOf({ ...draft, docStatus: "discarded" });
    for (const refused of [renderForm(discarded, "application/pdf"), printForms(discarded, ["application/pdf"])]) {
      await assert.rejects(refused, (error) => error instanceof AdapterError && error.code === "state_conflict");
    }
  });
});
