/** The summary as data: sections of sentences, each sentence with the evidence it rests on (contract, section 5). */
import type { DocStatus } from "./status.ts";

/** One place in the chart that bears out a sentence. */
export interface Evidence {
  /** Relative FHIR reference, `Observation/123`. */
  readonly reference: string;
  /** `meta.versionId` of the resource when it was read. */
  readonly version?: string;
  /** FHIRPath-like path of the element inside the resource, `valueQuantity`; for notes `content[0].attachment`. */
  readonly path?: string;
  /** The value as it stands in the resource, for display: `1.71 mg/dL`. */
  readonly value?: string;
  /** For notes: offsets of the quoted text in the decoded attachment, in UTF-16 code units. */
  readonly span?: { readonly start: number; readonly end: number };
}

export type SentenceOrigin = "template" | "model" | "person";

export interface Sentence {
  /** Stable within the summary: `<section id>.<number>`. */
  readonly id: string;
  readonly text: string;
  readonly origin: SentenceOrigin;
  /** True when every value in the text stands in a cited resource. A person's own sentence is not verified. */
  readonly verified: boolean;
  readonly evidence: readonly Evidence[];
  /** Codes of the security labels that its sources carry (core/sensitivity/labels.ts); absent where they carry none. */
  readonly security?: readonly string[];
}

export type SectionId =
  | "reason"
  | "course"
  | "diagnoses"
  | "procedures"
  | "results"
  | "allergies"
  | "medications"
  | "condition"
  | "instructions"
  | "follow-up"
  | "pending"
  | "patient-information"
  | ExtraSectionId;

/** Sections of some kinds of stay only. */
export type ExtraSectionId = "death" | "against-advice" | "handover" | "observation" | "newborn" | "delivery";

export interface Section {
  readonly id: SectionId;
  /** LOINC code of the section. */
  readonly code: string;
  readonly title: string;
  readonly status: "documented" | "not-documented";
  /** Where `not-documented`: what was looked for, in words a clinician reads. */
  readonly lookedFor?: string;
  /** Where `documented`: what it rests on besides and could not be read, or not all of it; documents show it while they are drafts. */
  readonly notRead?: string;
  /** That entries were withheld by the hospital's policy, and how many; never what they are. */
  readonly withheld?: string;
  readonly sentences: readonly Sentence[];
}

/** One version of a job's summary, as stored (sealed) and as `GET /v1/jobs/{id}/summary` shows it. */
export interface Summary {
  readonly job: string;
  /** From 1; a new draft or an amendment is a new version. */
  readonly version: number;
  readonly docStatus: DocStatus;
  readonly engine: "template" | "model";
  /** Hex SHA-256 of the canonical text (see core/summary/canonical.ts). */
  readonly sha256: string;
  readonly sections: readonly Section[];
}
