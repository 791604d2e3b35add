/** Every form a document has: core's text forms, and the PDF. */
import type { DocumentInput } from "../core/document/document-input.ts";
import { standingOf } from "../core/document/document-input.ts";
import type { PrintedForms } from "../core/document/document-reference.ts";
import { renderDocument } from "../core/document/render.ts";
import { renderPdf } from "./render-pdf.ts";

const isPdf = (contentType: string): boolean => contentType.split(";")[0]?.trim().toLowerCase() === "application/pdf";

/**
 * The document in one media type, text as string and PDF as bytes. Throws AdapterError `rendering_unavailable` for a type that
 * has no rendering, `state_conflict` for a discarded draft.
 */
export async function renderForm(input: DocumentInput, mediaType: string): Promise<string | Uint8Array> {
  return isPdf(mediaType) ? renderPdf(input) : renderDocument(input, mediaType);
}

/** The forms among `contentTypes` that core does not print. Throws as `renderForm`. */
export async function printForms(input: DocumentInput, contentTypes: readonly string[]): Promise<PrintedForms> {
  standingOf(input.summary);
  const printed = new Map<string, Uint8Array>();
  for (const contentType of contentTypes.filter(isPdf)) printed.set(contentType, await renderPdf(input));
  return printed;
}
