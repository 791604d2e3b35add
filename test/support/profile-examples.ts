/** One resource of each of our profiles, as the program makes it today: the examples of fhir-profiles/. */
import type { FhirResource } from "fhir/r4.js";
import { writeProfileSchema } from "../../src/config/write-profile-schema.ts";
import { documentBundle } from "../../src/core/document/bundle.ts";
import { documentReferenceOf } from "../../src/core/document/document-reference.ts";
import { deviceOf } from "../../src/core/document/participants.ts";
import { servedDocument } from "../../src/core/document/served-document.ts";
import { recordedProvenance } from "../../src/core/document/provenance.ts";
import { taskOf } from "../../src/core/notification/focus-resource.ts";
import { sha256 } from "../../src/core/summary/canonical.ts";
import { documentHeading } from "../../src/core/summary/sections.ts";
import { handoverProfiles } from "../../src/core/validation/outgoing-profiles.ts";
import { draft, inputOf, signed } from "./document-fixture.ts";
import { us } from "./jurisdictions.ts";

const written = writeProfileSchema.parse({});

/** Three sections say enough of a document's form. */
const sections = signed.sections.filter(({ id }) => ["reason", "allergies", "course"].includes(id));
const [drafted, final] = [draft, signed].map((summary) => inputOf({ ...summary, sections, sha256: sha256(sections) }));

const context = {
  ehrBase: "https://ehr.example/fhir",
  publicUrl: "https://adapter.example",
  documentType: documentHeading(us, "en"),
};
const job = {
  id: draft.job,
  status: "completed",
  version: 3,
  patient: draft.patient,
  encounter: draft.encounter,
  createdAt: "2026-03-18T17:00:00.000Z",
  updatedAt: "2026-03-18T18:30:00.000Z",
  summary: { docStatus: "final" },
} as const;

interface Example {
  readonly profile: string;
  readonly resource: FhirResource;
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the example has nothing to show");
  return value;
}

const input = { draft: present(drafted), signed: present(final) };
const documents = { draft: documentBundle(input.draft), signed: documentBundle(input.signed) };
const composition = present(documents.signed.entry?.[0]?.resource);

/** By file below fhir-profiles/examples. Several documents in one index: each has an id of its own there. */
export const profileExamples: Readonly<Record<string, Example>> = {
  "document-draft.json": { profile: handoverProfiles.document, resource: { ...documents.draft, id: "document-draft" } },
  "document-signed.json": {
    profile: handoverProfiles.document,
    resource: { ...documents.signed, id: "document-signed" },
  },
  "composition.json": { profile: handoverProfiles.composition, resource: composition },
  "ai-device.json": { profile: handoverProfiles.aiDevice, resource: { ...deviceOf(input.signed), id: "ai-device" } },
  "ai-provenance.json": {
    profile: handoverProfiles.aiProvenance,
    resource: { ...recordedProvenance(input.signed, "DocumentReference/signed"), id: "ai-provenance" },
  },
  "document-reference-draft.json": {
    profile: handoverProfiles.draft,
    resource: { ...present(documentReferenceOf(input.draft, written)), id: "draft" },
  },
  "document-reference-signed.json": {
    profile: handoverProfiles.signed,
    resource: {
      ...present(documentReferenceOf(input.signed, written, { replaces: "DocumentReference/draft" })),
      id: "signed",
    },
  },
  "document-reference-served.json": {
    profile: handoverProfiles.documentReference,
    resource: servedDocument(input.signed, job, {
      publicUrl: context.publicUrl,
      revision: 1,
      // Stands for the answer of the job API, whose bytes are another page's matter.
      json: Buffer.from("{}"),
    }).reference,
  },
  "task.json": { profile: handoverProfiles.task, resource: taskOf(job, context) },
};
