/** The DocumentReference that is written into the EHR, in the shape that this EHR takes (write profile). */
import { createHash } from "node:crypto";
import type { Attachment, CodeableConcept, Coding, DocumentReference, DocumentReferenceContext } from "fhir/r4.js";
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

const clinicalNote: CodeableConcept = {
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
const formatOf = (contentType: string): Coding => (isCcda(contentType) ? ccda : selfTold);

function typeOf(profile: DocumentProfile, { jurisdiction, language }: DocumentInput): CodeableConcept {
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

/** Hash is SHA-1 in base64 and size counts the bytes before base64 (R4 Attachment). */
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
    language: input.language,
    data: Buffer.from(bytes).toString("base64"),
    size: bytes.length,
    hash: createHash("sha1").update(bytes).digest("base64"),
    title: labelledTitle(input),
    creation: documentTime(input.summary),
  };
}

/** Oracle Health requires an end with a time: the discharge where the EHR says when, else the document's own time. */
function contextOf(input: DocumentInput): DocumentReferenceContext {
  const { start, end } = carriedEncounter(input).period ?? {};
  const until = end !== undefined && hasTime(end) ? end : documentTime(input.summary);
  const isOrdered = start !== undefined && (instantOf(start) ?? 0) <= (instantOf(until) ?? 0);
  return {
    encounter: [{ reference: input.summary.encounter }],
    period: { ...(isOrdered ? { start } : {}), end: until },
  };
}

function docStatusOf({ summary }: DocumentInput, profile: DocumentProfile): DocumentReference["docStatus"] {
  const standing = standingOf(summary);
  if (standing === "retracted") return "entered-in-error";
  if (standing === "draft") return "preliminary";
  return summary.docStatus === "amended" && profile.docStatus === "spec" ? "amended" : "final";
}

/** What is known besides the summary when its document is written. */
export interface DocumentExtras {
  /** Reference of an earlier document of the same job in the EHR. */
  readonly replaces?: string | undefined;
  /** The forms that core does not print. */
  readonly printed?: PrintedForms;
  /** Reference of the software's own Device, where it is written beside the document; else it goes in it. */
  readonly device?: string | undefined;
}

function metaOf({ summary }: DocumentInput, { aiLabel, profiles }: DocumentProfile): Pick<DocumentReference, "meta"> {
  const security = aiLabel === "security-label" ? { security: securityLabels(summary) } : {};
  const meta = { ...(profiles.length === 0 ? {} : { profile: [...profiles] }), ...security };
  return Object.keys(meta).length === 0 ? {} : { meta };
}

/** Who stands behind it: the software that drafted it, where the EHR can hold that, and whoever signed. */
function peopleOf(
  input: DocumentInput,
  { author, credential, authenticator }: DocumentProfile,
  device: string | undefined,
): Pick<DocumentReference, "contained" | "author" | "authenticator"> {
  const { signedBy } = input.summary;
  const shownAs = carriedText(input.summary.signedByDisplay);
  const names = author === "software-and-signer";
  const software = names ? [{ reference: device ?? "#drafting-software", display: "Handover (AI)" }] : [];
  const display = shownAs === undefined ? {} : { display: shownAs };
  const signer = signedBy === undefined ? [] : [{ reference: signedBy, ...display }];
  const authors = [...software, ...signer];
  const [verifiedBy] = authenticator === "always" || credential === "system" ? signer : [];
  return {
    ...(names && device === undefined ? { contained: [{ ...deviceOf(input), id: "drafting-software" }] } : {}),
    ...(authors.length === 0 ? {} : { author: authors }),
    ...(verifiedBy === undefined ? {} : { authenticator: verifiedBy }),
  };
}

/**
 * The DocumentReference of this version, or undefined where the profile takes no drafts and this is one. Throws AdapterError
 * `too_large`, `rendering_unavailable`, and `state_conflict` for a discarded draft.
 */
export function documentReferenceOf(
  input: DocumentInput,
  profile: DocumentProfile,
  { replaces, printed = new Map(), device }: DocumentExtras = {},
): DocumentReference | undefined {
  const { summary, source, organization } = input;
  const standing = standingOf(summary);
  if (standing === "draft" && profile.docStatus === "final-only") return undefined;
  const docStatus = docStatusOf(input, profile);
  const labels = sourceLabels(input);
  const { contained, ...people } = peopleOf(input, profile, device);
  return {
    resourceType: "DocumentReference",
    ...metaOf(input, profile),
    ...(contained === undefined ? {} : { contained }),
    identifier: [{ system: source, value: documentNumber(summary) }],
    status: standing === "retracted" ? "entered-in-error" : "current",
    ...(docStatus === undefined ? {} : { docStatus }),
    type: typeOf(profile, input),
    category: [clinicalNote],
    subject: { reference: summary.patient },
    date: documentTime(summary),
    ...people,
    custodian: { display: organization },
    ...(replaces === undefined ? {} : { relatesTo: [{ code: "replaces", target: { reference: replaces } }] }),
    description: labelledTitle(input),
    ...(labels.length === 0 ? {} : { securityLabel: labels.map((coding) => ({ coding: [coding] })) }),
    content: profile.contentTypes.map((contentType) => ({
      attachment: attachmentOf(input, contentType, profile, printed),
      format: formatOf(contentType),
    })),
    context: contextOf(input),
  };
}
