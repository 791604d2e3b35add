/** XHTML: the narratives of the FHIR document, and the document as one XHTML page. */
import { AdapterError } from "../errors.ts";
import { cleanText } from "./clean-text.ts";
import type { DocumentInput } from "./document-input.ts";
import { labelledTitle } from "./document-input.ts";
import type { Layout, LayoutSection } from "./layout.ts";
import { layoutOf } from "./layout.ts";
import { isAllowedNarrative } from "./narrative-allowed.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as XML character data; safe inside an attribute too. */
export function escapeXml(text: string): string {
  return cleanText(text).replaceAll(/[&<>"']/gu, (char) => entities[char] ?? "");
}

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;
/** `<br />` with a blank: some EHRs turn XHTML into RTF and know no other form. */
const lines = (texts: readonly string[]): string => texts.map(escapeXml).join("<br />");
const paragraphs = (texts: readonly string[]): string => texts.map((text) => element("p", escapeXml(text))).join("");

const emphasis = (text: string | undefined): string =>
  text === undefined ? "" : element("p", element("em", escapeXml(text)));

function body({ style, entries, note, remark }: LayoutSection): string {
  if (note !== undefined) return emphasis(note);
  if (style === "prose") return element("p", entries.map(lines).join(" ")) + emphasis(remark);
  return element("ul", entries.map((entry) => element("li", lines(entry))).join("")) + emphasis(remark);
}

const label = (text: string | undefined): string =>
  text === undefined ? "" : element("p", element("strong", escapeXml(text)));

/** A narrative `div`. Throws `internal` if our own writer ever leaves the allow-list: better no document than an open one. */
function narrative(content: string, language: string): string {
  const lang = escapeXml(language);
  const div = `<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="${lang}" lang="${lang}">${content}</div>`;
  if (!isAllowedNarrative(div)) throw new AdapterError("internal", { detail: "a narrative left its allow-list" });
  return div;
}

/** Narrative of one section of the Composition; the label goes with it, because a section may be shown alone. */
export function sectionNarrative(section: LayoutSection, mark: string | undefined, language: string): string {
  return narrative(label(mark) + body(section), language);
}

/** Narrative of the Composition itself: label, header and footer. */
export function documentNarrative(layout: Layout, language: string): string {
  return narrative(label(layout.label) + paragraphs([...layout.header, ...layout.footer]), language);
}

/** The document as one XHTML page, without style, script or outside reference. */
export function renderXhtml(input: DocumentInput): string {
  const layout = layoutOf(input);
  const lang = escapeXml(input.language);
  const title = labelledTitle(input);
  const sections = layout.sections.map((section) => element("h2", escapeXml(section.title)) + body(section)).join("");
  const content =
    element("h1", escapeXml(layout.title)) +
    label(layout.label) +
    paragraphs(layout.header) +
    sections +
    paragraphs(layout.footer);
  const head = `<meta charset="utf-8" />${element("title", escapeXml(title))}`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="${lang}" lang="${lang}">${element("head", head)}${element("body", content)}</html>\n`;
}
