/** Conditions, allergies, procedures, devices and immunisations. */
import type {
  AllergyIntolerance,
  Condition,
  Device,
  DeviceUseStatement,
  FhirResource,
  Immunization,
  Procedure,
} from "fhir/r4.js";
import { concept, coding, CVX, hl7, ICD10, ICD10PCS, RXNORM, SNOMED } from "./codes.ts";
import { HOSPITAL, person } from "./hospital.ts";
import { to } from "./stay.ts";
import type { Stay } from "./stay.ts";

export interface ConditionFields {
  readonly text: string;
  readonly snomed?: string;
  readonly icd?: string;
  readonly category?: "encounter-diagnosis" | "problem-list-item";
  readonly clinical?: "active" | "resolved" | "inactive";
  readonly verification?: "confirmed" | "provisional" | "refuted" | "entered-in-error" | "differential";
  readonly onset?: string;
  readonly recorded?: string;
  readonly note?: string;
}

export function condition(stay: Stay, slug: string, fields: ConditionFields): Condition {
  const verification = fields.verification ?? "confirmed";
  const category = fields.category ?? "encounter-diagnosis";
  const codes = [
    ...(fields.snomed === undefined ? [] : [coding(SNOMED, fields.snomed, fields.text)]),
    ...(fields.icd === undefined ? [] : [coding(ICD10, fields.icd, fields.text)]),
  ];
  const resource: Condition = {
    resourceType: "Condition",
    id: `${stay.key}-condition-${slug}`,
    verificationStatus: hl7("condition-ver-status", verification),
    category: [hl7("condition-category", category)],
    code: concept(fields.text, ...codes),
    subject: stay.patient,
  };
  // con-5: what was entered in error has no clinical status.
  if (verification !== "entered-in-error")
    resource.clinicalStatus = hl7("condition-clinical", fields.clinical ?? "active");
  if (category === "encounter-diagnosis") resource.encounter = stay.encounter;
  if (fields.onset !== undefined) resource.onsetDateTime = fields.onset;
  if (fields.recorded !== undefined) resource.recordedDate = fields.recorded;
  if (fields.note !== undefined) resource.note = [{ text: fields.note }];
  return resource;
}

export interface AllergyFields {
  readonly text: string;
  readonly rxnorm?: string;
  readonly snomed?: string;
  readonly criticality?: "low" | "high" | "unable-to-assess";
  readonly reaction?: string;
  readonly severity?: "mild" | "moderate" | "severe";
  readonly type?: "allergy" | "intolerance";
  readonly category?: "medication" | "food" | "environment";
  readonly verification?: "confirmed" | "unconfirmed" | "refuted" | "entered-in-error";
  readonly recorded: string;
}

export function allergy(stay: Stay, slug: string, fields: AllergyFields): AllergyIntolerance {
  const verification = fields.verification ?? "confirmed";
  const codes = [
    ...(fields.rxnorm === undefined ? [] : [coding(RXNORM, fields.rxnorm, fields.text)]),
    ...(fields.snomed === undefined ? [] : [coding(SNOMED, fields.snomed, fields.text)]),
  ];
  const resource: AllergyIntolerance = {
    resourceType: "AllergyIntolerance",
    id: `${stay.key}-allergy-${slug}`,
    verificationStatus: hl7("allergyintolerance-verification", verification),
    code: concept(fields.text, ...codes),
    patient: stay.patient,
    recordedDate: fields.recorded,
  };
  // ait-2: what was entered in error has no clinical status.
  if (verification !== "entered-in-error") resource.clinicalStatus = hl7("allergyintolerance-clinical", "active");
  if (fields.type !== undefined) resource.type = fields.type;
  if (fields.category !== undefined) resource.category = [fields.category];
  if (fields.criticality !== undefined) resource.criticality = fields.criticality;
  if (fields.reaction !== undefined) {
    const severity = fields.severity === undefined ? {} : { severity: fields.severity };
    resource.reaction = [{ manifestation: [concept(fields.reaction)], ...severity }];
  }
  return resource;
}

export interface ProcedureFields {
  readonly text: string;
  readonly snomed?: string;
  readonly pcs?: string;
  readonly performed: string;
  readonly by: string;
  readonly status?: "completed" | "not-done" | "entered-in-error" | "in-progress";
  readonly bodySite?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly statusReason?: string;
}

export function procedure(stay: Stay, slug: string, fields: ProcedureFields): Procedure {
  const codes = [
    ...(fields.snomed === undefined ? [] : [coding(SNOMED, fields.snomed, fields.text)]),
    ...(fields.pcs === undefined ? [] : [coding(ICD10PCS, fields.pcs, fields.text)]),
  ];
  const resource: Procedure = {
    resourceType: "Procedure",
    id: `${stay.key}-procedure-${slug}`,
    status: fields.status ?? "completed",
    code: concept(fields.text, ...codes),
    subject: stay.patient,
    encounter: stay.encounter,
    performedDateTime: fields.performed,
    performer: [{ actor: person(fields.by) }],
  };
  if (fields.bodySite !== undefined) resource.bodySite = [concept(fields.bodySite)];
  if (fields.outcome !== undefined) resource.outcome = concept(fields.outcome);
  if (fields.reason !== undefined) resource.reasonCode = [concept(fields.reason)];
  if (fields.statusReason !== undefined) resource.statusReason = concept(fields.statusReason);
  return resource;
}

export interface DeviceFields {
  readonly text: string;
  readonly snomed: string;
  readonly site: string;
  readonly since: string;
  readonly until?: string;
  readonly note?: string;
}

/** A device and its use; without `until` it is still in place. */
export function device(stay: Stay, slug: string, fields: DeviceFields): readonly FhirResource[] {
  const id = `${stay.key}-device-${slug}`;
  const thing: Device = {
    resourceType: "Device",
    id,
    status: "active",
    type: concept(fields.text, coding(SNOMED, fields.snomed, fields.text)),
    patient: stay.patient,
  };
  const use: DeviceUseStatement = {
    resourceType: "DeviceUseStatement",
    id: `${id}-use`,
    status: fields.until === undefined ? "active" : "completed",
    subject: stay.patient,
    timingPeriod: { start: fields.since, ...(fields.until === undefined ? {} : { end: fields.until }) },
    device: to("Device", id, fields.text),
    bodySite: concept(fields.site),
  };
  if (fields.note !== undefined) use.note = [{ text: fields.note }];
  return [thing, use];
}

export interface ImmunizationFields {
  readonly text: string;
  readonly cvx: string;
  readonly occurred: string;
  readonly status?: "completed" | "not-done";
  readonly reason?: string;
  readonly lot?: string;
  readonly outside?: boolean;
}

export function immunization(stay: Stay, slug: string, fields: ImmunizationFields): Immunization {
  const resource: Immunization = {
    resourceType: "Immunization",
    id: `${stay.key}-immunization-${slug}`,
    status: fields.status ?? "completed",
    vaccineCode: concept(fields.text, coding(CVX, fields.cvx, fields.text)),
    patient: stay.patient,
    occurrenceDateTime: fields.occurred,
  };
  if (fields.reason !== undefined) resource.statusReason = concept(fields.reason);
  if (fields.lot !== undefined) resource.lotNumber = fields.lot;
  if (fields.outside === true) return resource;
  resource.encounter = stay.encounter;
  resource.performer = [{ actor: to("Organization", HOSPITAL.id ?? "", HOSPITAL.name) }];
  return resource;
}
