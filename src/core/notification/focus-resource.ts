/** The job as a Task: what notifications point at besides documents. */
import type { Task } from "fhir/r4.js";
import type { JobStatus } from "../job/status.ts";
import type { SectionHeading } from "../summary/sections.ts";
import type { DocStatus } from "../summary/status.ts";

/** What a Task says of its job. References are relative to the EHR's FHIR base. */
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
