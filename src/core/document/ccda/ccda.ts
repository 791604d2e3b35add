/**
 * The document as C-CDA R2.1 Discharge Summary, for systems that take nothing else. Header, section codes and narrative say what
 * the FHIR document says; there are no coded entries: the sources are in the EHR that it goes to.
 */
import type { DocumentInput } from "../document-input.ts";
import { layoutOf, protectedLines } from "../layout.ts";
import { headerOf } from "./header.ts";
import { sectionsOf } from "./sections.ts";
import type { Xml } from "./xml.ts";
import { element, words } from "./xml.ts";

/** Signature, origin and hash: C-CDA has no place for them outside of sections. */
function footer(input: DocumentInput): Xml {
  const lines = [...protectedLines(input), ...layoutOf(input).footer].map((line) =>
    element("paragraph", {}, words(line)),
  );
  return element(
    "component",
    {},
    element("section", {}, element("title", {}, words("Document")), element("text", {}, ...lines)),
  );
}

/** XML in UTF-8. Throws AdapterError `state_conflict` for a discarded draft. */
export function renderCcda(input: DocumentInput): string {
  const body = element("component", {}, element("structuredBody", {}, ...sectionsOf(input), footer(input)));
  const document = element(
    "ClinicalDocument",
    { xmlns: "urn:hl7-org:v3", "xmlns:sdtc": "urn:hl7-org:sdtc" },
    ...headerOf(input),
    body,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${document.markup}\n`;
}
