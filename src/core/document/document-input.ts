/** What a document is made of: the summary, whose stay it is, and who stands behind it. Everything is an argument. */
import type { AppliedStyle } from "../house-style/house-style.ts";
import type { Encounter, Patient } from "fhir/r4.js";
import { AdapterError } from "../errors.ts";
import { languageOf } from "../language/language.ts";
import type { Wording } from "../language/wording.ts";
import { english, wordingOf } from "../language/wording.ts";
import type { Jurisdiction } from "../jurisdiction/jurisdiction.ts";
import { documentHeading, inReadingOrder, withRequiredSections } from "../summary/sections.ts";
import { labelsOfSections } from "../sensitivity/labelled-summary.ts";
import type { SensitivityPolicy } from "../sensitivity/policy.ts";
import type { Section, Summary } from "../summary/summary.ts";

/** A summary with its dates and its signature. */
export interface DocumentSummary extends Summary {
  /** Codes of the security labels of patient and stay; those of single records stand with the sentences. */
  readonly security?: readonly string[];
  /** Relative references, `Patient/123` and `Encounter/9`. */
  readonly patient: string;
  readonly encounter: string;
  /** The language model that wrote the course, where one did. */
  readonly model?: string;
  /** How the model's part came about: which instructions it was given, part by part. */
  readonly generation?: {
    readonly promptVersion: string;
    /** `promptHash` is a hex SHA-256. */
    readonly calls?: readonly { readonly part: string; readonly promptHash: string }[];
  };
  /** The house style that it was written in. */
  readonly style?: AppliedStyle;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Relative reference of the signer, `Practitioner/7`. */
  readonly signedBy?: string;
  readonly signedByDisplay?: string;
  /** RFC 3339. */
  readonly signedAt?: string;
}

export interface DocumentInput {
  readonly summary: DocumentSummary;
  /** The adapter's own URI for this tenant; identifier system of every document. */
  readonly source: string;
  /** Base of the EHR that the references are relative to. */
  readonly fhirBaseUrl: string;
  readonly jurisdiction: Jurisdiction;
  /** IANA zone in which dates are printed. */
  readonly timeZone: string;
  /** BCP 47. */
  readonly language: string;
  /** The hospital; custodian of the document. */
  readonly organization: string;
  /** What the hospital lets happen to labelled records; the cautious default where absent. */
  readonly sensitivity?: SensitivityPolicy;
  /** Lines of its address under its name. */
  readonly address?: readonly string[];
  /** Whom the patient calls with a question. */
  readonly phone?: string;
  /** Address of the model card: what wrote it, what that is for, how it was found to be. */
  readonly modelCard?: string;
  /** As read from the EHR; without them the document names patient and stay by reference alone. */
  readonly patientResource?: Patient;
  readonly encounterResource?: Encounter;
}

/** What every form of the document prints, in its order: the house's own where it has one. */
export function documentSections({ summary, jurisdiction, language }: DocumentInput): readonly Section[] {
  const sections = withRequiredSections(summary.sections, jurisdiction, languageOf(language));
  return inReadingOrder(sections, summary.style?.order);
}

/** Codes of the labels of everything that the document says. */
export function securityOf({ summary }: Pick<DocumentInput, "summary">): readonly string[] {
  return [...new Set([...(summary.security ?? []), ...labelsOfSections(summary.sections)])];
}

/** Where a document stands for its reader. */
export type Standing = "draft" | "signed" | "retracted";

/** Throws AdapterError `state_conflict` for a discarded draft: it never leaves the adapter. */
export function standingOf({ docStatus }: Pick<DocumentSummary, "docStatus">): Standing {
  switch (docStatus) {
    case "preliminary":
      return "draft";
    case "final":
    case "amended":
      return "signed";
    case "entered-in-error":
      return "retracted";
    default:
      throw new AdapterError("state_conflict", { message: "A discarded draft has no document." });
  }
}

/** The wording of the document's language. */
export function wordsOf({ language }: Pick<DocumentInput, "language">): Wording {
  return wordingOf(languageOf(language));
}

/** The words that every rendering of an unsigned draft carries, in its title and in its body. */
export const draftLabel = english.text("document.draft");
export const retractedLabel = english.text("document.retracted");

/** The label of a document that must not be taken for a signed one. */
export function labelOf(input: Pick<DocumentInput, "summary" | "language">): string | undefined {
  const standing = standingOf(input.summary);
  if (standing === "signed") return undefined;
  return wordsOf(input).text(standing === "draft" ? "document.draft" : "document.retracted");
}

/** The document's title in its language, with the label that it may carry. */
export function labelledTitle(input: DocumentInput): string {
  const { title } = documentHeading(input.jurisdiction, languageOf(input.language));
  const label = labelOf(input);
  return label === undefined ? title : wordsOf(input).text("document.labelled", { title, label });
}

/** When the document came to stand as it does: signature, else creation. RFC 3339. */
export function documentTime({ signedAt, createdAt }: DocumentSummary): string {
  return signedAt ?? createdAt;
}

/** Value of the document's identifier: job and version, and a mark while it is a draft, so that the signed one is another document. */
export function documentNumber({
  job,
  version,
  docStatus,
}: Pick<DocumentSummary, "job" | "version" | "docStatus">): string {
  const number = `${job}.${version}`;
  return docStatus === "preliminary" ? `${number}.preliminary` : number;
}

/**
 * Value of the identifier of a document that stands for itself (FHIR Bundle, CDA): what was taken back reads otherwise than what was
 * signed, and an identifier is never given to another document (R4 documents). Its place in the EHR stays the same one.
 */
export function instanceNumber(summary: Pick<DocumentSummary, "job" | "version" | "docStatus">): string {
  const number = documentNumber(summary);
  return standingOf(summary) === "retracted" ? `${number}.retracted` : number;
}
