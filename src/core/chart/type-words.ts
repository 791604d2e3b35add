/** The types of a chart in words that a clinician uses: for limits and gaps, where a FHIR name would tell nothing. */

export const typeInWords = {
  AllergyIntolerance: "allergies",
  Appointment: "appointments",
  CarePlan: "care plans",
  ClinicalImpression: "assessments",
  Composition: "structured notes",
  Condition: "diagnoses and problems",
  Consent: "consents",
  Device: "devices",
  DiagnosticReport: "reports",
  DocumentReference: "documents",
  Encounter: "the stay",
  FamilyMemberHistory: "family history",
  Flag: "alerts",
  Goal: "goals",
  Immunization: "immunizations",
  Medication: "names of medicines",
  MedicationAdministration: "medicines given",
  MedicationRequest: "medication orders",
  MedicationStatement: "medicines taken at home",
  Observation: "vital signs and laboratory results",
  Patient: "the patient's name and birth date",
  Procedure: "procedures",
  ServiceRequest: "orders",
  Task: "tasks",
} as const;

export type ChartType = keyof typeof typeInWords;
