/** What a summary row holds under its seal. */
import type { AppliedStyle } from "../core/house-style/house-style.ts";
import { sha256 } from "../core/summary/canonical.ts";
import type { Section, Summary } from "../core/summary/summary.ts";
import type { Review } from "../core/verification/second-look/review.ts";
import type { SealContext, Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import type { SignedSummary, StoredSummary } from "./jobs.ts";
import { openRecall } from "./recalled.ts";
import type { SignedSummaryRow, SummaryRow } from "./store-summary.ts";

export interface SummaryContent {
  readonly sections: readonly Section[];
  readonly attestation?: string;
  /** Why it was amended, retracted or discarded. */
  readonly reason?: string;
  /** The house style that it was written in. */
  readonly style?: AppliedStyle;
  /** The second look at these very sections, as whoever signed them saw it. */
  readonly review?: Review;
  /** Security labels of patient and stay. */
  readonly security?: readonly string[];
}

const context = (tenant: string, job: string, version: number): SealContext => ({
  tenant,
  purpose: "summary",
  id: job,
  version: String(version),
});

export function sealContent(
  sealer: Sealer,
  tenant: string,
  job: string,
  version: number,
  content: SummaryContent,
): Buffer {
  return sealJson(sealer, content, context(tenant, job, version));
}

export function openContent(
  sealer: Sealer,
  tenant: string,
  row: Pick<SummaryRow, "job" | "version" | "sealed">,
): SummaryContent {
  return openJson(sealer, row.sealed, context(tenant, row.job, row.version)) as SummaryContent;
}

/** Sections of unfinished work, which have no summary row yet. */
const sectionContext = (tenant: string, job: string, section: string): SealContext => ({
  tenant,
  purpose: "section",
  id: job,
  version: section,
});

export function sealSection(sealer: Sealer, tenant: string, job: string, section: Section): Buffer {
  return sealJson(sealer, section, sectionContext(tenant, job, section.id));
}

export function openSection(
  sealer: Sealer,
  tenant: string,
  job: string,
  row: { readonly section: string; readonly sealed: Buffer },
): Section {
  return openJson(sealer, row.sealed, sectionContext(tenant, job, row.section)) as Section;
}

/** A row, opened, as the rest of the program sees it. */
export function toSummary(sealer: Sealer, tenant: string, row: SummaryRow): StoredSummary {
  const content = openContent(sealer, tenant, row);
  return {
    job: row.job,
    version: row.version,
    revision: row.revision,
    docStatus: row.doc_status,
    engine: row.engine,
    sha256: row.sha256,
    sections: content.sections,
    patient: row.patient,
    encounter: row.encounter,
    createdAt: row.created_at.toISOString(),
    ...(row.model === null ? {} : { model: row.model }),
    ...(row.generation === null ? {} : { generation: row.generation }),
    ...(row.signed_by === null ? {} : { signedBy: row.signed_by }),
    ...(row.signed_by_display === null ? {} : { signedByDisplay: row.signed_by_display }),
    ...(row.signed_at === null ? {} : { signedAt: row.signed_at.toISOString() }),
    ...(content.attestation === undefined ? {} : { attestation: content.attestation }),
    ...(row.recalls === null ? {} : { recalls: row.recalls.map((entry) => openRecall(sealer, tenant, entry)) }),
    ...(content.style === undefined ? {} : { style: content.style }),
    ...(content.security === undefined ? {} : { security: content.security }),
    ...(content.review === undefined || row.doc_status !== "preliminary" ? {} : { review: content.review }),
  };
}

export function toSigned(sealer: Sealer, tenant: string, row: SignedSummaryRow): SignedSummary {
  return {
    job: row.job,
    encounter: row.encounter,
    signedAt: row.signed_at.toISOString(),
    startedAt: row.started_at.toISOString(),
    sections: openContent(sealer, tenant, row).sections,
  };
}

/** The hash that a signature, an event and the written document all name. */
export function contentHash(sections: Summary["sections"]): string {
  return sha256(sections);
}
