/** The text of a note at the place that a citation names, and the note without its text. */
import type { Attachment, FhirResource } from "fhir/r4.js";
import { plainText } from "../facts/markup-text.ts";
import { attachmentText } from "../facts/note-text.ts";

/** Follows `section[0].text.div` or `content[0].attachment` into a resource; undefined where it leads nowhere. */
function elementAt(resource: FhirResource, path: string): unknown {
  let node: unknown = resource;
  for (const step of path.split(/[.[\]]+/u).filter((part) => part !== "")) {
    if (typeof node !== "object" || node === null) return undefined;
    node = Object.entries(node).find(([key]) => key === step)?.[1];
  }
  return node;
}

function isAttachment(node: unknown): node is Attachment {
  return typeof node === "object" && node !== null && "data" in node && typeof node.data === "string";
}

const defaultPaths: Partial<Record<FhirResource["resourceType"], string>> = {
  DocumentReference: "content[0].attachment",
  DiagnosticReport: "presentedForm[0]",
};

/** Decoded text at `path`, as the offsets of `Evidence.span` count it; undefined where there is no text. */
export function noteText(resource: FhirResource, path?: string): string | undefined {
  const element = elementAt(resource, path ?? defaultPaths[resource.resourceType] ?? "");
  if (typeof element === "string") return path?.endsWith("div") === true ? plainText(element) : element;
  return isAttachment(element) ? attachmentText(element) : undefined;
}

/** A copy of the note without the elements that hold its text. */
export function noteHead(resource: FhirResource): FhirResource {
  const head = structuredClone(resource);
  if (head.resourceType === "DocumentReference") head.content = [];
  if (head.resourceType === "DiagnosticReport") delete head.presentedForm;
  if (head.resourceType === "Composition") delete head.section;
  if (head.resourceType === "ClinicalImpression") {
    delete head.summary;
    delete head.note;
  }
  return head;
}
