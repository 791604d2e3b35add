/** The resources that notifications point at, as R4: the job as a Task, its newest summary as a DocumentReference. */
import type { Coding, DocumentReference, Task } from "fhir/r4.js";
import { securityLabels } from "../document/security-label.ts";
import type { JobStatus } from "../job/status.ts";
import type { SectionHeading } from "../summary/sections.ts";
import type { DocStatus } from "../summary/status.ts";

/** What both say of a job. References are relative to the EHR's FHIR base. */
export interface FocusJob {
  readonly id: string;
  readonly status: JobStatus;
  readonly version: number;
  readonly patient: string;
  readonly encounter: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly error?: string;
  readonly summary?: { readonly docStatus: DocStatus };
}

export interface FocusContext {
  /** The EHR's FHIR base, without a trailing slash: patient and encounter live there. */
  readonly ehrBase: string;
  readonly publicUrl: string;
  readonly documentType: SectionHeading;
}

/** The word of Task.status for each of ours. */
export const taskStatus: Record<JobStatus, Task["status"]> = {
  requested: "requested",
  waiting: "on-hold",
  "in-progress": "in-progress",
  completed: "completed",
  failed: "failed",
  cancelled: "cancelled",
};

/** Where the types of our documents come from. */
export const documentTypeSystem = "http://loinc.org";

function documentCode({ code, display }: SectionHeading) {
  return { coding: [{ system: documentTypeSystem, code, display }] };
}

function atEhr(context: FocusContext, reference: string) {
  return { reference: `${context.ehrBase}/${reference}` };
}

/** The job. `output` points at the document once there is one. */
export function taskOf(job: FocusJob, context: FocusContext): Task {
  const output = {
    type: documentCode(context.documentType),
    valueReference: { reference: `DocumentReference/${job.id}` },
  };
  return {
    resourceType: "Task",
    id: job.id,
    meta: { versionId: String(job.version), lastUpdated: job.updatedAt },
    status: taskStatus[job.status],
    intent: "order",
    code: documentCode(context.documentType),
    for: atEhr(context, job.patient),
    encounter: atEhr(context, job.encounter),
    authoredOn: job.createdAt,
    lastModified: job.updatedAt,
    ...(job.error === undefined ? {} : { statusReason: { text: job.error } }),
    ...(job.summary === undefined ? {} : { output: [output] }),
  };
}

const clinicalNote = {
  coding: [
    { system: "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", code: "clinical-note" },
  ],
};

/**
 * The newest summary; undefined while there is none, and for a discarded draft, which never leaves the adapter.
 * @param protectedBy the labels that its sources carry
 */
export function documentReferenceOf(
  job: FocusJob,
  context: FocusContext,
  protectedBy: readonly Coding[] = [],
): DocumentReference | undefined {
  const docStatus = job.summary?.docStatus;
  if (docStatus === undefined || docStatus === "discarded") return undefined;
  const { documentType, publicUrl } = context;
  const url = `${publicUrl}/v1/jobs/${job.id}/summary`;
  return {
    resourceType: "DocumentReference",
    id: job.id,
    meta: { versionId: String(job.version), lastUpdated: job.updatedAt, security: securityLabels({ docStatus }) },
    identifier: [{ system: "urn:ietf:rfc:3986", value: `urn:uuid:${job.id}` }],
    status: docStatus === "entered-in-error" ? "entered-in-error" : "current",
    docStatus,
    type: documentCode(documentType),
    category: [clinicalNote],
    subject: atEhr(context, job.patient),
    date: job.updatedAt,
    ...(protectedBy.length === 0 ? {} : { securityLabel: protectedBy.map((coding) => ({ coding: [coding] })) }),
    // The same document twice, in two forms.
    content: [
      {
        attachment: {
          contentType: "application/fhir+json",
          url: `${publicUrl}/fhir/Bundle/${job.id}`,
          title: documentType.title,
        },
      },
      { attachment: { contentType: "application/json", url, title: documentType.title } },
    ],
    context: { encounter: [atEhr(context, job.encounter)] },
  };
}
