/** A summary of every section, as a draft and as what becomes of it, for tests of its renderings. */
import { sha256 } from "../../src/core/summary/canonical.ts";
import { sectionHeading, sectionIds } from "../../src/core/summary/sections.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import type { DocumentInput, DocumentSummary } from "../../src/core/document/document-input.ts";
import { us } from "./jurisdictions.ts";

export const sections: readonly Section[] = sectionIds.map((id): Section => {
  const { code, title } = sectionHeading(id, us);
  if (id === "allergies")
    return {
      id,
      code,
      title,
      status: "not-documented",
      lookedFor: "Looked for AllergyIntolerance of this patient.",
      sentences: [],
    };
  const origin = id === "course" ? "model" : id === "instructions" ? "person" : "template";
  const sentence = (number: number, text: string) =>
    ({
      id: `${id}.${number}`,
      text,
      origin,
      verified: origin !== "person",
      evidence: [{ reference: `Observation/${id}`, version: "2" }, { reference: "Encounter/e1" }],
    }) as const;
  return {
    id,
    code,
    title,
    status: "documented",
    sentences: [sentence(1, `First of ${id}: creatinine 1.71 mg/dL.`), sentence(2, `Second of ${id}.`)],
  };
});

export const draft: DocumentSummary = {
  job: "0198c2f4-1d2a-7bce-9f00-5a6b7c8d9e0f",
  version: 2,
  docStatus: "preliminary",
  engine: "model",
  model: "gpt-test",
  sha256: sha256(sections),
  sections,
  patient: "Patient/p1",
  encounter: "Encounter/e1",
  createdAt: "2026-03-18T17:00:00.000Z",
};
export const signed: DocumentSummary = {
  ...draft,
  docStatus: "final",
  signedBy: "Practitioner/d7",
  signedByDisplay: "Dr. Ada Okafor",
  signedAt: "2026-03-18T18:30:00.000Z",
};

export function inputOf(summary: DocumentSummary, overrides: Partial<DocumentInput> = {}): DocumentInput {
  return {
    summary,
    source: "https://adapter.example/tenants/general",
    fhirBaseUrl: "https://ehr.example/fhir",
    jurisdiction: us,
    timeZone: "America/Chicago",
    language: "en",
    organization: "General Hospital",
    patientResource: {
      resourceType: "Patient",
      id: "p1",
      name: [{ family: "Quill", given: ["Mara"] }],
      gender: "female",
      birthDate: "1958-03-14",
      address: [{ city: "Austin" }],
    },
    encounterResource: {
      resourceType: "Encounter",
      id: "e1",
      status: "finished",
      class: { code: "IMP", system: "http://terminology.hl7.org/CodeSystem/v3-ActCode" },
      period: { start: "2026-03-14T14:00:00Z", end: "2026-03-18T17:00:00Z" },
      participant: [{ individual: { reference: "Practitioner/nowhere" } }],
    },
    ...overrides,
  };
}

/** The same sections with every sentence's text replaced. */
export function withTexts(summary: DocumentSummary, text: string): DocumentSummary {
  return {
    ...summary,
    sections: summary.sections.map((section) => ({
      ...section,
      sentences: section.sentences.map((sentence) => ({ ...sentence, text })),
    })),
  };
}
