/** What an EHR may send along with encounter-discharge. Plain reads and searches only, so that every EHR can honour them. */
import type { PrefetchTemplates } from "../../src/hooks/service.ts";

const ofPatient = (type: string, more = ""): string => `${type}?patient={{context.patientId}}${more}`;
const ofStay = (type: string, more = ""): string =>
  `${type}?patient={{context.patientId}}&encounter=Encounter/{{context.encounterId}}${more}`;

/** `patient` and `encounter` are required, by this way or another; without the rest the summary says what was not there. */
export const dischargePrefetch: PrefetchTemplates = {
  patient: "Patient/{{context.patientId}}",
  encounter: "Encounter/{{context.encounterId}}",
  conditions: ofPatient("Condition"),
  allergies: ofPatient("AllergyIntolerance"),
  medicationRequests: ofPatient("MedicationRequest"),
  medicationStatements: ofPatient("MedicationStatement"),
  procedures: ofPatient("Procedure"),
  laboratory: ofStay("Observation", "&category=laboratory&_sort=-date&_count=200"),
  vitalSigns: ofStay("Observation", "&category=vital-signs&_sort=-date&_count=100"),
  diagnosticReports: ofStay("DiagnosticReport"),
  documents: ofStay("DocumentReference"),
  serviceRequests: ofStay("ServiceRequest"),
  appointments: ofPatient("Appointment"),
  carePlans: ofPatient("CarePlan"),
};
