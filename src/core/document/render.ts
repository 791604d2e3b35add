/** Every form a document has, by media type. */
import { AdapterError } from "../errors.ts";
import { renderBundle } from "./bundle.ts";
import { renderCcda } from "./ccda/ccda.ts";
import type { DocumentInput } from "./document-input.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderXhtml } from "./narrative.ts";
import { renderPlainText } from "./plain-text.ts";

const renderers: Readonly<Record<string, (input: DocumentInput) => string>> = {
  "application/fhir+json": renderBundle,
  "text/markdown": renderMarkdown,
  "text/plain": renderPlainText,
  "application/xhtml+xml": renderXhtml,
  // XHTML is also HTML where it is served as such: it needs neither CDATA nor namespaces other than its own.
  "text/html": renderXhtml,
  "application/cda+xml": renderCcda,
  // What most EHRs call a CDA document.
  "text/xml": renderCcda,
};

const typeOf = (mediaType: string): string => mediaType.split(";")[0]?.trim().toLowerCase() ?? "";

/** Whether a media type stands for the C-CDA form. */
export const isCcda = (mediaType: string): boolean => renderers[typeOf(mediaType)] === renderCcda;

/** Whether a media type stands for the FHIR document itself. */
export const isFhirDocument = (mediaType: string): boolean => renderers[typeOf(mediaType)] === renderBundle;

/** Media types that can be rendered, without parameters. */
export const documentMediaTypes: readonly string[] = Object.keys(renderers);

/**
 * The document in one media type; parameters (`;charset=utf-8`) are ignored, the text is always UTF-8. Throws AdapterError
 * `rendering_unavailable` for a type that has no rendering, `state_conflict` for a discarded draft.
 */
export function renderDocument(input: DocumentInput, mediaType: string): string {
  const type = typeOf(mediaType);
  const render = Object.hasOwn(renderers, type) ? renderers[type] : undefined;
  if (render === undefined)
    throw new AdapterError("rendering_unavailable", { detail: "no renderer for the media type" });
  return render(input);
}
