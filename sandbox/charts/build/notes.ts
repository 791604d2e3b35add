/** Notes: plain text inside a DocumentReference, or files behind its addresses, as the large EHRs serve them. */
import { createHash } from "node:crypto";
import type { Attachment, Binary, DocumentReference, FhirResource, Reference } from "fhir/r4.js";
import { coding, concept, LOINC } from "./codes.ts";
import { HOSPITAL, person } from "./hospital.ts";
import { to } from "./stay.ts";
import type { Stay } from "./stay.ts";

const TYPES = {
  ed: { code: "34111-5", display: "Emergency department Note" },
  admission: { code: "34117-2", display: "History and physical note" },
  progress: { code: "11506-3", display: "Progress note" },
  consult: { code: "11488-4", display: "Consult note" },
  operative: { code: "11504-8", display: "Surgical operation note" },
  nursing: { code: "34746-8", display: "Nurse Note" },
  instructions: { code: "69730-0", display: "Instructions" },
  "discharge-summary": { code: "18842-5", display: "Discharge summary" },
} as const;

/** The format code that says: the MIME type tells all there is to tell. */
const MIME_SUFFICIENT = "urn:ihe:iti:xds:2017:mimeTypeSufficient";

export interface NoteFields {
  readonly type: keyof typeof TYPES;
  readonly time: string;
  readonly by: string;
  readonly text: string;
  readonly docStatus?: "preliminary" | "final" | "amended" | "entered-in-error";
  /** The stay that it is about, when not this one. */
  readonly encounter?: Reference;
}

export function note(stay: Stay, slug: string, fields: NoteFields): DocumentReference {
  const bytes = Buffer.from(`${fields.text.trim()}\n`, "utf8");
  const attachment = {
    contentType: "text/plain;charset=utf-8",
    data: bytes.toString("base64"),
    size: bytes.length,
    title: TYPES[fields.type].display,
    creation: fields.time,
  };
  return documentOf(stay, slug, fields, [attachment]);
}

/** The same as files: HTML, and RTF beside it for those who want that. */
export function filedNote(stay: Stay, slug: string, fields: NoteFields): readonly FhirResource[] {
  const files = [
    fileOf(`${stay.key}-file-${slug}-html`, "text/html", asHtml(TYPES[fields.type].display, fields.text.trim())),
    fileOf(`${stay.key}-file-${slug}-rtf`, "text/rtf", asRtf(fields.text.trim())),
  ];
  const attachments = files.map(({ id, contentType, data = "" }) => {
    const bytes = Buffer.from(data, "base64");
    const hash = createHash("sha1").update(bytes).digest("base64");
    return { contentType, url: `Binary/${id ?? ""}`, size: bytes.length, hash, creation: fields.time };
  });
  return [documentOf(stay, slug, fields, attachments), ...files];
}

function fileOf(id: string, contentType: string, text: string): Binary {
  return { resourceType: "Binary", id, contentType, data: Buffer.from(text, "utf8").toString("base64") };
}

function asHtml(title: string, text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const lines = escaped.split("\n").map((line) => `<div>${line}</div>`);
  return `<html><head><title>${title}</title><style>div { font-family: sans-serif }</style></head><body>${lines.join("\n")}</body></html>`;
}

function asRtf(text: string): string {
  const escaped = text.replaceAll(/[\\{}]/gu, "\\$&").replaceAll("\n", "\\par\n");
  return `{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}\\f0 ${escaped}\\par}`;
}

function documentOf(
  stay: Stay,
  slug: string,
  fields: NoteFields,
  attachments: readonly Attachment[],
): DocumentReference {
  const { code, display } = TYPES[fields.type];
  return {
    resourceType: "DocumentReference",
    id: `${stay.key}-note-${slug}`,
    status: fields.docStatus === "entered-in-error" ? "entered-in-error" : "current",
    docStatus: fields.docStatus ?? "final",
    type: concept(display, coding(LOINC, code, display)),
    category: [
      {
        coding: [coding("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "clinical-note")],
      },
    ],
    subject: stay.patient,
    date: fields.time,
    author: [person(fields.by)],
    custodian: to("Organization", HOSPITAL.id ?? ""),
    content: attachments.map((attachment) => ({
      attachment,
      format: coding("http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode", MIME_SUFFICIENT),
    })),
    context: { encounter: [fields.encounter ?? stay.encounter], period: { start: fields.time, end: fields.time } },
  };
}
