/** Documents of stored summaries, with patient and stay as the EHR shows them where we may read it. */
import type { Bundle, Encounter, FhirResource, Patient } from "fhir/r4.js";
import { jurisdictionOf } from "../config/jurisdictions.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { WriteProfile } from "../config/write-profile-schema.ts";
import { withoutPlantedWords } from "../core/facts/planted-text.ts";
import type { DocumentInput } from "../core/document/document-input.ts";
import { documentBundle } from "../core/document/bundle.ts";
import { documentReferenceOf } from "../core/document/document-reference.ts";
import type { ServedDocument } from "../core/document/served-document.ts";
import { servedDocument } from "../core/document/served-document.ts";
import { recordedProvenance } from "../core/document/provenance.ts";
import { isFhirDocument, renderDocument } from "../core/document/render.ts";
import { handoverProfiles, servedProfiles, writtenProfiles } from "../core/validation/outgoing-profiles.ts";
import type { FhirGateway } from "../ehr/fhir-gateway.ts";
import { documentTime } from "../core/document/document-input.ts";
import { writeTransaction } from "../core/document/write-transaction.ts";
import type { OwedDocument } from "../ehr/write-back/file-document.ts";
import type { CurrentVersion } from "../ehr/write-back/write-owed.ts";
import type { DueWrite } from "../ehr/write-back/store.ts";
import type { Job, StoredSummary } from "../jobs/jobs.ts";
import { toSummaryAnswer } from "../polling/answers.ts";
import { printForms, renderForm } from "../pdf/forms.ts";
import type { Outgoing } from "../validation/outgoing.ts";
import type { Foundation } from "./foundation.ts";
import { requireClients } from "./tenant-clients.ts";

/** An answer to a person must not hang on a slow EHR: without it the document names patient and stay by reference. */
const READ_MS = 2_000;

export interface Renderings {
  /** A summary in one of the document's media types: text as string, PDF as bytes. */
  render(tenant: string, summary: StoredSummary, mediaType: string): Promise<string | Uint8Array>;
  /** A summary as plain text. */
  text(tenant: string, summary: StoredSummary): Promise<string>;
  /** The document as readers get it at /fhir; undefined for a discarded draft, which never leaves. Nothing is validated yet. */
  served(job: Job, summary: StoredSummary): Promise<ServedDocument | undefined>;
  /** Undefined where the summary no longer stands as the write says. */
  currentOf(write: DueWrite): Promise<CurrentVersion | undefined>;
  /** The DocumentReference that the EHR is owed; undefined where its profile takes no drafts. */
  owedDocument(write: DueWrite, gateway: FhirGateway, replaces?: string): Promise<OwedDocument | undefined>;
}

export function createRenderings({
  config,
  clients,
  jobs,
  outgoing,
}: Pick<Foundation, "config" | "clients" | "jobs" | "outgoing">): Renderings {
  /** The FHIR document leaves in answers, and as an attachment where a hospital wants it so. */
  const requireDocument = (input: DocumentInput, mediaTypes: readonly string[]): void => {
    if (!mediaTypes.some(isFhirDocument)) return;
    const bundle = documentBundle(input);
    outgoing.require(bundle, servedProfiles(bundle));
  };
  const inputFor = async (tenant: string, summary: StoredSummary): Promise<DocumentInput> => {
    const own = requireClients(clients, tenant);
    const gateway = own.backendGateway(AbortSignal.timeout(READ_MS));
    return inputOf(config.publicUrl, own.tenant, summary, await subjectOf(gateway, summary));
  };
  return {
    async render(tenant, summary, mediaType) {
      const input = await inputFor(tenant, summary);
      requireDocument(input, [mediaType]);
      return renderForm(input, mediaType);
    },
    text: async (tenant, summary) => renderDocument(await inputFor(tenant, summary), "text/plain"),
    async served(job, summary) {
      if (summary.docStatus === "discarded") return undefined;
      const input = await inputFor(job.tenant, summary);
      const json = Buffer.from(JSON.stringify(toSummaryAnswer(summary)), "utf8");
      return servedDocument(input, job, { publicUrl: config.publicUrl, revision: summary.revision, json });
    },
    async currentOf({ tenant, job, version, doc_status: docStatus }) {
      const summary = await jobs.summary(tenant, job);
      if (summary?.version !== version || summary.docStatus !== docStatus) return undefined;
      const { encounter, signedBy } = summary;
      return { encounter, time: documentTime(summary), ...(signedBy === undefined ? {} : { signer: signedBy }) };
    },
    async owedDocument(write, gateway, replaces) {
      const { tenant } = requireClients(clients, write.tenant);
      const summary = await jobs.summary(write.tenant, write.job);
      if (summary?.version !== write.version || summary.docStatus !== write.doc_status) return undefined;
      const input = inputOf(config.publicUrl, tenant, summary, await readSubject(gateway, summary));
      const profile = tenant.ehr.writeProfile;
      const owed = await owedOf(outgoing, input, profile, replaces);
      if (owed !== undefined) requireDocument(input, profile.contentTypes);
      return owed;
    },
  };
}

/** The document in the shape that an EHR takes, with what goes beside it; undefined where it takes no drafts and this is one. */
export async function owedOf(
  outgoing: Outgoing,
  input: DocumentInput,
  profile: WriteProfile,
  replaces?: string,
): Promise<OwedDocument | undefined> {
  const printed = await printForms(input, profile.contentTypes);
  const resource = documentReferenceOf(input, profile, { replaces, printed });
  if (resource === undefined) return undefined;
  outgoing.require(resource, writtenProfiles(resource, profile));
  const { patient, encounter, sha256 } = input.summary;
  return {
    resource,
    patient,
    encounter,
    sha256,
    provenance: (reference) => outgoing.require(recordedProvenance(input, reference), [handoverProfiles.aiProvenance]),
    transaction: (beside) => {
      const bundle = writeTransaction(input, profile, beside, { replaces, printed });
      return bundle === undefined ? undefined : requireParts(outgoing, bundle, profile);
    },
  };
}

/** The transaction as a whole, and each of its entries by its own profile. */
function requireParts(outgoing: Outgoing, bundle: Bundle<FhirResource>, profile: WriteProfile): Bundle<FhirResource> {
  for (const { resource } of bundle.entry ?? []) {
    if (resource?.resourceType === "DocumentReference") outgoing.require(resource, writtenProfiles(resource, profile));
    if (resource?.resourceType === "Device") outgoing.require(resource, [handoverProfiles.aiDevice]);
    if (resource?.resourceType === "Provenance") outgoing.require(resource, [handoverProfiles.aiProvenance]);
  }
  return outgoing.require(bundle, []);
}

/** `identifier.system` of a tenant's documents, and the source of its events. */
export function documentSource(publicUrl: string, tenant: string): string {
  return `${publicUrl}/tenants/${tenant}`;
}

interface Subject {
  readonly patientResource?: Patient;
  readonly encounterResource?: Encounter;
}

function inputOf(publicUrl: string, tenant: TenantConfig, summary: StoredSummary, subject: Subject): DocumentInput {
  return {
    summary,
    source: documentSource(publicUrl, tenant.id),
    fhirBaseUrl: tenant.ehr.fhirBaseUrl,
    jurisdiction: jurisdictionOf(tenant),
    timeZone: tenant.timeZone,
    language: tenant.language,
    organization: tenant.name,
    sensitivity: tenant.sensitivity,
    modelCard: `${publicUrl}/v1/model-card`,
    address: tenant.facility.address,
    ...(tenant.facility.phone === null ? {} : { phone: tenant.facility.phone }),
    ...subject,
  };
}

async function subjectOf(gateway: FhirGateway | undefined, summary: StoredSummary): Promise<Subject> {
  if (gateway === undefined) return {};
  return readSubject(gateway, summary).catch(() => ({}));
}

async function readSubject(gateway: FhirGateway, { patient, encounter }: StoredSummary): Promise<Subject> {
  const [patientResource, encounterResource] = await Promise.all([
    gateway.read("Patient", idOf(patient)),
    gateway.read("Encounter", idOf(encounter)),
  ]);
  return {
    ...(patientResource?.resourceType === "Patient" ? { patientResource: withoutPlantedWords(patientResource) } : {}),
    ...(encounterResource?.resourceType === "Encounter"
      ? { encounterResource: withoutPlantedWords(encounterResource) }
      : {}),
  };
}

function idOf(reference: string): string {
  return reference.slice(reference.indexOf("/") + 1);
}
