/**
 * The DocumentReference of a document: written into the EHR, in the shape that this EHR takes (write profile); served to readers
 * it is the same resource, with attachments that say where the document is (served-document.ts).
 */
import { createHash } from "node:crypto";
import type {
  Attachment,
  CodeableConcept,
  Coding,
  DocumentReference,
  DocumentReferenceContext,
  Reference,
} from "fhir/r4.js";
import { AdapterError } from "../errors.ts";
import { hasTime, instantOf } from "../facts/dates.ts";
import { languageOf } from "../language/language.ts";
import { documentHeading } from "../summary/sections.ts";
import { carriedEncounter, carriedText } from "./carried.ts";
import type { DocumentInput } from "./document-input.ts";
import { documentNumber, documentTime, labelledTitle, standingOf } from "./document-input.ts";
import { deviceOf } from "./participants.ts";
import { isCcda, renderDocument } from "./render.ts";
import { securityLabels, sourceLabels } from "./security-label.ts";

/** What of a tenant's write profile shapes the resource. */
export interface DocumentProfile {
  /** LOINC code, or `system|code` for a code of the EHR's own; the jurisdiction's where absent. */
  readonly type?: string | undefined;
  /** One attachment each, all of the same document. */
  readonly contentTypes: readonly string[];
  /** `final-only`: the EHR takes no drafts and knows no other word than `final`. */
  readonly docStatus: "spec" | "final-only";
  /** `provenance-only`: the EHR refuses labels that its terminology does not know. */
  readonly aiLabel: "security-label" | "provenance-only";
  /** `signer`: the EHR takes practitioners only. */
  readonly author: "software-and-signer" | "signer";
  /** By whose token it is written; with `system-only` the authenticator goes with our own alone. */
  readonly credential: "system" | "user";
  readonly authenticator: "always" | "system-only";
  /** Profiles that the document says it follows. */
  readonly profiles: readonly string[];
  /** Most bytes that one attachment may have, before base64. */
  readonly maxBytes: number;
}

/** Category of every document of ours, by US Core. */
export const clinicalNote: CodeableConcept = {
  coding: [
    {
      system: "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
      code: "clinical-note",
      display: "Clinical Note",
    },
  ],
};
/** Says that the media type alone tells how to read the attachment (US Core writes `content.format`). */
const selfTold: Coding = {
  system: "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
  code: "urn:ihe:iti:xds:2017:mimeTypeSufficient",
  display: "MimeType Sufficient",
};
const ccda: Coding = {
  system: "http://terminology.hl7.org/CodeSystem/v3-HL7DocumentFormatCodes",
  code: "urn:hl7-org:sdwg:ccda-structuredBody:2.1",
  display: "For documents following C-CDA 2.1 constraints using a structured body",
};
export const formatOf = (contentType: string): Coding => (isCcda(contentType) ? ccda : selfTold);

function typeOf(profile: Pick<DocumentProfile, "type">, { jurisdiction, language }: DocumentInput): CodeableConcept {
  const { type = jurisdiction.documentType.code } = profile;
  const [system, code] = type.includes("|") ? type.split("|", 2) : ["http://loinc.org", type];
  const { title } = documentHeading(jurisdiction, languageOf(language));
  const display = code === jurisdiction.documentType.code ? jurisdiction.documentType.display : undefined;
  return {
    coding: [
      {
        ...(system === undefined ? {} : { system }),
        ...(code === undefined ? {} : { code }),
        ...(display === undefined ? {} : { display }),
      },
    ],
    text: title,
  };
}

/** Forms that are printed elsewhere (PDF needs fonts), by content type as the profile writes it. */
export type PrintedForms = ReadonlyMap<string, Uint8Array>;

/** Hash is SHA-1 in base64, and size counts the bytes before any base64 (R4 Attachment). */
export function sizeAndHash(bytes: Uint8Array): Required<Pick<Attachment, "size" | "hash">> {
  return { size: bytes.length, hash: createHash("sha1").update(bytes).digest("base64") };
}

/** What is said of each attachment, in whatever form and wherever its content is. */
export function attachmentFacts(input: DocumentInput): Pick<Attachment, "language" | "title" | "creation"> {
  return { language: input.language, title: labelledTitle(input), creation: documentTime(input.summary) };
}

function attachmentOf(
  input: DocumentInput,
  contentType: string,
  { maxBytes }: DocumentProfile,
  printed: PrintedForms,
): Attachment {
  const bytes = printed.get(contentType) ?? Buffer.from(renderDocument(input, contentType), "utf8");
  if (bytes.length > maxBytes)
    throw new AdapterError("too_large", { detail: `an attachment of ${bytes.length} bytes, at most ${maxBytes}` });
  return {
    contentType,
    data: Buffer.from(bytes).toString("base64"),
    ...sizeAndHash(bytes),
    ...attachmentFacts(input),
  };
}

/** Oracle Health requires an end with a time: the discharge where the EHR says when, else the document's own time. */
function contextOf(input: DocumentInput, at: ReferTo): DocumentReferenceContext {
  const { start, end } = carriedEncounter(input).period ?? {};
  const until = end !== undefined && hasTime(end) ? end : documentTime(input.summary);
  const isOrdered = start !== undefined && (instantOf(start) ?? 0) <= (instantOf(until) ?? 0);
  return {
    encounter: [{ reference: at(input.summary.encounter) }],
    period: { ...(isOrdered ? { start } : {}), end: until },
  };
}

function docStatusOf(
  { summary }: DocumentInput,
  profile: Pick<DocumentProfile, "docStatus">,
): DocumentReference["docStatus"] {
  const standing = standingOf(summary);
  if (standing === "retracted") return "entered-in-error";
  if (standing === "draft") return "preliminary";
  return summary.docStatus === "amended" && profile.docStatus === "spec" ? "amended" : "final";
}

/** How a resource of the EHR, given by its relative reference, is referred to. */
export type ReferTo = (reference: string) => string;

/** What is known besides the summary when its document is written. */
export interface DocumentExtras {
  /** Reference of an earlier document of the same job in the EHR. */
  readonly replaces?: string | undefined;
  /** The forms that core does not print. */
  readonly printed?: PrintedForms;
  /** Reference of the software's own Device, where it is written beside the document; else it goes in it. */
  readonly device?: string | undefined;
}

function metaOf({ summary }: DocumentInput, { aiLabel, profiles }: Told["profile"]): Pick<DocumentReference, "meta"> {
  const security = aiLabel === "security-label" ? { security: securityLabels(summary) } : {};
  const meta = { ...(profiles.length === 0 ? {} : { profile: [...profiles] }), ...security };
  return Object.keys(meta).length === 0 ? {} : { meta };
}

/** Who stands behind it: the software that drafted it, where the EHR can hold that, and whoever signed. */
function peopleOf(
  input: DocumentInput,
  { author, credential, authenticator }: Told["profile"],
  { device, at }: Pick<Told, "device" | "at">,
): Pick<DocumentReference, "contained" | "author" | "authenticator"> {
  const { signedBy } = input.summary;
  const shownAs = carriedText(input.summary.signedByDisplay);
  const names = author === "software-and-signer";
  const software = names ? [{ reference: device ?? "#drafting-software", display: "Handover (AI)" }] : [];
  const display = shownAs === undefined ? {} : { display: shownAs };
  const signer = signedBy === undefined ? [] : [{ reference: at(signedBy), ...display }];
  const authors = [...software, ...signer];
  const [verifiedBy] = authenticator === "always" || credential === "system" ? signer : [];
  return {
    ...(names && device === undefined ? { contained: [{ ...deviceOf(input), id: "drafting-software" }] } : {}),
    ...(authors.length === 0 ? {} : { author: authors }),
    ...(verifiedBy === undefined ? {} : { authenticator: verifiedBy }),
  };
}

/** What of the resource depends on who gets it. */
export interface Told {
  readonly profile: Omit<DocumentProfile, "contentTypes" | "maxBytes">;
  readonly content: DocumentReference["content"];
  readonly at: ReferTo;
  /** As `DocumentExtras` has it. */
  readonly device?: string | undefined;
  readonly replaces?: Reference | undefined;
}

/** The DocumentReference of this version. Throws AdapterError `state_conflict` for a discarded draft. */
export function describedDocument(input: DocumentInput, told: Told): DocumentReference {
  const { summary, source, organization } = input;
  const { profile, content, at, replaces } = told;
  const docStatus = docStatusOf(input, profile);
  const labels = sourceLabels(input);
  const { contained, ...people } = peopleOf(input, profile, told);
  return {
    resourceType: "DocumentReference",
    ...metaOf(input, profile),
    ...(contained === undefined ? {} : { contained }),
    identifier: [{ system: source, value: documentNumber(summary) }],
    status: standingOf(summary) === "retracted" ? "entered-in-error" : "current",
    ...(docStatus === undefined ? {} : { docStatus }),
    type: typeOf(profile, input),
    category: [clinicalNote],
    subject: { reference: at(summary.patient) },
    date: documentTime(summary),
    ...people,
    custodian: { display: organization },
    ...(replaces === undefined ? {} : { relatesTo: [{ code: "replaces", target: replaces }] }),
    description: labelledTitle(input),
    ...(labels.length === 0 ? {} : { securityLabel: labels.map((coding) => ({ coding: [coding] })) }),
    content,
    context: contextOf(input, at),
  };
}

/**
 * The DocumentReference as the EHR takes it, or undefined where the profile takes no drafts and this is one. Throws AdapterError
 * `too_large`, `rendering_unavailable`, and `state_conflict` for a discarded draft.
 */
export function documentReferenceOf(
  input: DocumentInput,
  profile: DocumentProfile,
  { replaces, printed = new Map(), device }: DocumentExtras = {},
): DocumentReference | undefined {
  if (standingOf(input.summary) === "draft" && profile.docStatus === "final-only") return undefined;
  const content = profile.contentTypes.map((contentType) => ({
    attachment: attachmentOf(input, contentType, profile, printed),
    format: formatOf(contentType),
  }));
  const relation = replaces === undefined ? {} : { replaces: { reference: replaces } };
  return describedDocument(input, { profile, content, at: (reference) => reference, device, ...relation });
}
