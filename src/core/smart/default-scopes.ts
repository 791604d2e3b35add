/**
 * The scopes we ask for where a tenant names none: what is read and written, type by type. Wildcards would be shorter, but
 * ask for more than is used (SMART 2.2, 46 and 148), and some EHRs grant none.
 */

/** Every type that a chart is read from (ehr/search-plan.ts, and what its resources refer to). */
export const chartTypes = [
  "AllergyIntolerance",
  "Appointment",
  "CarePlan",
  "ClinicalImpression",
  "Composition",
  "Condition",
  "Consent",
  "Device",
  "DiagnosticReport",
  "DocumentReference",
  "Encounter",
  "FamilyMemberHistory",
  "Flag",
  "Goal",
  "Immunization",
  "Medication",
  "MedicationAdministration",
  "MedicationRequest",
  "MedicationStatement",
  "Observation",
  "Patient",
  "Procedure",
  "ServiceRequest",
  "Task",
] as const;

/** Who launches and with which roles is read too; a signer's own token may write the document, amend and retract it. */
export const defaultLaunchScopes = [
  "launch openid fhirUser",
  ...chartTypes.map((type) => `patient/${type}.rs`),
  "user/Practitioner.rs user/PractitionerRole.rs user/DocumentReference.cu?category=clinical-note",
].join(" ");

/** A document is created, and updated when its summary is amended or retracted; one scope holds all rights of a type. */
export const defaultSystemScopes = chartTypes
  .map((type) => `system/${type}.${type === "DocumentReference" ? "crus" : "rs"}`)
  .join(" ");
