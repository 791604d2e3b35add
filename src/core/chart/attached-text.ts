/**
 * Notes whose text stands in a file of its own, as most EHRs serve them: which file that is, and the note with the text put
 * in its place. Whoever reads a chart finds texts inside the notes, wherever the EHR keeps them.
 */
import { createHash } from "node:crypto";
import type { Attachment, Binary, Coding, Encounter, FhirResource } from "fhir/r4.js";
import { isTextType } from "../facts/note-text.ts";
import { isDischargeSummary } from "./discharge-summary.ts";
import { timeOf } from "./encounter-of.ts";
import { isOfStay, isOwnSummary, stayEncounters } from "./own-stay.ts";
import { list, textOf } from "./readable.ts";

/** A file to be read, and what its note says of it. */
export interface TextFile {
  /** As the note has it: relative, or absolute. */
  readonly url: string;
  readonly contentType?: string;
  /** Bytes. */
  readonly size?: number;
  /** Base64 of the SHA-1 (R4, Attachment.hash). */
  readonly hash?: string;
}

/** The attachments of a document or a report; none of any other resource. */
export function attachmentsOf(resource: FhirResource): readonly Attachment[] {
  if (resource.resourceType === "DocumentReference")
    // One that is null is left out by `list`; what is no object holds no file.
    return list(resource.content).flatMap(({ attachment }) =>
      list([attachment]).filter((one) => typeof one === "object"),
    );
  return resource.resourceType === "DiagnosticReport" ? list(resource.presentedForm) : [];
}

const hasData = ({ data }: Attachment): boolean => typeof data === "string" && data !== "";

/** The forms in which one note comes, the best first: what needs the least taken off it to be text. */
const preferred: readonly RegExp[] = [
  /^text\/plain\b/iu,
  /^text\/html\b/iu,
  /^application\/xhtml\+xml\b/iu,
  /^text\/(?!xml\b|rtf\b|richtext\b)/iu,
  /^(?:text|application)\/rtf\b/iu,
];

/** Where a form stands among the others; undefined for what is no text, and for the XML and JSON of whole records. */
function rankOf({ contentType }: Attachment): number | undefined {
  const type = textOf(contentType);
  // Nobody said what it is: the file itself will.
  if (type === undefined) return preferred.length;
  const rank = preferred.findIndex((form) => form.test(type));
  return rank === -1 ? undefined : rank;
}

/** The attachment whose file holds the note's text; undefined where a text came with the note, or none is offered. */
function textAttachment(resource: FhirResource): Attachment | undefined {
  const attachments = attachmentsOf(resource);
  if (attachments.some((one) => hasData(one) && isTextType(one.contentType))) return undefined;
  const offered = attachments.flatMap((attachment) => {
    const rank = rankOf(attachment);
    return rank === undefined || textOf(attachment.url) === undefined || hasData(attachment)
      ? []
      : [{ attachment, rank }];
  });
  return offered.toSorted((a, b) => a.rank - b.rank)[0]?.attachment;
}

function toFile({ url, contentType, size, hash }: Attachment): TextFile {
  return {
    url: url ?? "",
    ...(contentType === undefined ? {} : { contentType }),
    ...(typeof size === "number" ? { size } : {}),
    ...(typeof hash === "string" ? { hash } : {}),
  };
}

const newestFirst = (a: FhirResource, b: FhirResource): number => {
  const [left, right] = [timeOf(a) ?? "", timeOf(b) ?? ""];
  return left === right ? 0 : left < right ? 1 : -1;
};

/** Sections name no more of them. */
const earlierSummaries = 2;

const isValid = (resource: FhirResource): boolean =>
  resource.resourceType !== "DocumentReference" || resource.status === "current";

/**
 * The files whose text a summary of the stay can use, what matters most first: the stay's notes and reports from the newest
 * to the oldest, then the last discharge summaries of earlier stays. One file a note, in the best form that is offered.
 *
 * @param resources as a chart names them (`chartResources`), the stay's encounters among them
 */
export function textFiles(resources: readonly FhirResource[], encounter: Encounter): readonly TextFile[] {
  const own = stayEncounters(resources, encounter);
  const notes = resources
    .filter((one) => isValid(one) && !isOwnSummary(one, encounter, own) && textAttachment(one) !== undefined)
    .toSorted(newestFirst);
  const ofStay = notes.filter((note) => isOfStay(note, encounter, own));
  const earlier = notes.filter((note) => !ofStay.includes(note) && isDischargeSummary(note)).slice(0, earlierSummaries);
  return [...ofStay, ...earlier].flatMap((note) => {
    const attachment = textAttachment(note);
    return attachment === undefined ? [] : [toFile(attachment)];
  });
}

/** What is wrong with a file, by what its note says of it; undefined where nothing is, or nothing was said. */
export function fileFault({ size, hash }: TextFile, bytes: Uint8Array): "cut short" | "another file" | undefined {
  const digest = createHash("sha1").update(bytes).digest("base64");
  // Some EHRs state other digests, or none of the bytes they send: only what is a SHA-1 can be compared with one.
  if (hash !== undefined && hash.length === digest.length) return hash === digest ? undefined : "another file";
  // More bytes than stated are another encoding of the same text; fewer are a text without its end.
  return size !== undefined && bytes.length < size ? "cut short" : undefined;
}

const idInUrl = /(?:^|\/)Binary\/(?<id>[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/u;

/** Of two servers, `Binary/1` is two files: one that says where it came from answers for that address only. */
function isAt({ meta }: Binary, url: string): boolean {
  const source = meta?.source ?? "";
  return !/^https?:/u.test(url) || !/^https?:.*\/Binary\//u.test(source) || withoutVersion(url) === source;
}

const withoutVersion = (url: string): string => url.replace(/\/_history\/.*$/u, "");

/** What the file itself says it is, unless that says nothing. */
function typeOf(attachment: Attachment, binary: Binary): string | undefined {
  const own = textOf(binary.contentType);
  const says = own !== undefined && !/^(?:application|binary)\/octet-stream\b/iu.test(own);
  return says ? own : textOf(attachment.contentType);
}

function filled(attachment: Attachment, binaries: ReadonlyMap<string, Binary>): Attachment {
  const url = textOf(attachment.url);
  if (url === undefined || hasData(attachment) || rankOf(attachment) === undefined) return attachment;
  const binary = binaries.get(idInUrl.exec(url)?.groups?.["id"] ?? "");
  if (binary?.data === undefined || !isAt(binary, url)) return attachment;
  const contentType = typeOf(attachment, binary);
  if (!isTextType(contentType)) return attachment;
  return { ...attachment, data: binary.data, ...(contentType === undefined ? {} : { contentType }) };
}

/** A label on the file holds for the note that its text goes into. */
function withLabels<T extends FhirResource>(note: T, labels: readonly Coding[]): T {
  if (labels.length === 0) return note;
  return { ...note, meta: { ...note.meta, security: [...list(note.meta?.security), ...labels] } };
}

function withText(resource: FhirResource, binaries: ReadonlyMap<string, Binary>): FhirResource {
  const attachments = attachmentsOf(resource);
  const texts = attachments.map((attachment) => filled(attachment, binaries));
  const changed = texts.filter((text, index) => text !== attachments[index]);
  if (changed.length === 0) return resource;
  const replacing = new Map(attachments.map((attachment, index) => [attachment, texts[index] ?? attachment]));
  const ids = changed.map(({ url = "" }) => idInUrl.exec(url)?.groups?.["id"] ?? "");
  const labels = ids.flatMap((id) => list(binaries.get(id)?.meta?.security));
  if (resource.resourceType === "DocumentReference") {
    const content = list(resource.content).map((one) => ({
      ...one,
      attachment: replacing.get(one.attachment) ?? one.attachment,
    }));
    return withLabels({ ...resource, content }, labels);
  }
  return resource.resourceType === "DiagnosticReport"
    ? withLabels({ ...resource, presentedForm: texts }, labels)
    : resource;
}

/** The notes with the texts of the files that are there; the files themselves go, for nobody reads them any more. */
export function withTexts(resources: readonly FhirResource[]): readonly FhirResource[] {
  const files = resources.filter((resource): resource is Binary => resource.resourceType === "Binary");
  if (files.length === 0) return resources;
  const binaries = new Map(files.map((binary) => [binary.id ?? "", binary]));
  return resources.flatMap((resource) => (resource.resourceType === "Binary" ? [] : [withText(resource, binaries)]));
}

/** Why a document of the stay has no text. */
function lackOf(resource: FhirResource): "Binary" | "PDF" | undefined {
  if (resource.resourceType !== "DocumentReference") return undefined;
  const attachments = attachmentsOf(resource);
  if (attachments.some((one) => hasData(one) && isTextType(one.contentType))) return undefined;
  if (textAttachment(resource) !== undefined) return "Binary";
  return attachments.some((one) => hasData(one) || textOf(one.url) !== undefined) ? "PDF" : undefined;
}

/** Documents of the stay that say something, and not to us: `PDF: 2 documents are no text`. */
export function textGaps(resources: readonly FhirResource[], encounter: Encounter): readonly string[] {
  const own = stayEncounters(resources, encounter);
  const lacks = resources
    .filter((resource) => isValid(resource) && isOfStay(resource, encounter, own))
    .flatMap((resource) => lackOf(resource) ?? []);
  const count = (lack: string): number => lacks.filter((one) => one === lack).length;
  return [
    ...(count("Binary") === 0 ? [] : [`Binary: ${count("Binary")} documents without their text`]),
    ...(count("PDF") === 0 ? [] : [`PDF: ${count("PDF")} documents that are no text`]),
  ];
}
