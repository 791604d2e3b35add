/** A summary of nobody, to show what would be filed: every section, made-up sentences, references that lead nowhere. */
import { documentSource } from "./renderings.ts";
import { jurisdictionOf } from "../config/jurisdictions.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { DocumentInput } from "../core/document/document-input.ts";
import { sha256 } from "../core/summary/canonical.ts";
import { sectionHeading, sectionIds } from "../core/summary/sections.ts";
import type { Section } from "../core/summary/summary.ts";

/** Of the size of a long stay: 12 sentences a section. */
const SENTENCES = 12;

/** @param docStatus of the document to show */
export function sampleInput(
  tenant: TenantConfig,
  publicUrl: string,
  docStatus: "preliminary" | "final",
  now: Date,
): DocumentInput {
  const jurisdiction = jurisdictionOf(tenant);
  const sections = sectionIds.map((id): Section => {
    const { code, title } = sectionHeading(id, jurisdiction);
    const sentences = Array.from({ length: SENTENCES }, (_none, at) => ({
      id: `${id}.${at + 1}`,
      text: `Sentence ${at + 1} of a test of the connection; it is about nobody and must not be filed.`,
      origin: "template" as const,
      verified: true,
      evidence: [{ reference: "Encounter/handover-test" }],
    }));
    return { id, code, title, status: "documented", sentences };
  });
  const time = now.toISOString();
  return {
    summary: {
      job: "00000000-0000-7000-8000-000000000000",
      version: 1,
      docStatus,
      engine: "template",
      sha256: sha256(sections),
      sections,
      patient: "Patient/handover-test",
      encounter: "Encounter/handover-test",
      createdAt: time,
      ...(docStatus === "final" ? { signedBy: "Practitioner/handover-test", signedAt: time } : {}),
    },
    source: documentSource(publicUrl, tenant.id),
    fhirBaseUrl: tenant.ehr.fhirBaseUrl,
    jurisdiction,
    timeZone: tenant.timeZone,
    language: tenant.language,
    organization: tenant.name,
  };
}
