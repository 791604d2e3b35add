/** German: the types of a chart in words that a clinician uses. */
import type { chartTypes as english } from "../english/chart-types.ts";
import type { Translated } from "../messages.ts";

export const chartTypes: Translated<typeof english> = {
  "type.AllergyIntolerance": "Allergien",
  "type.Appointment": "Termine",
  "type.Binary": "Texte von Dokumenten",
  "type.CarePlan": "Behandlungspläne",
  "type.ClinicalImpression": "Einschätzungen",
  "type.Composition": "strukturierte Notizen",
  "type.Condition": "Diagnosen und Probleme",
  "type.Consent": "Einwilligungen",
  "type.Device": "Medizinprodukte",
  "type.DiagnosticReport": "Befunde",
  "type.DocumentReference": "Dokumente",
  "type.Encounter": "der Aufenthalt",
  "type.FamilyMemberHistory": "Familienanamnese",
  "type.Flag": "Warnhinweise",
  "type.Goal": "Ziele",
  "type.Immunization": "Impfungen",
  "type.Medication": "Namen von Medikamenten",
  "type.MedicationAdministration": "gegebene Medikamente",
  "type.MedicationRequest": "Verordnungen",
  "type.MedicationStatement": "zu Hause eingenommene Medikamente",
  "type.Observation": "Vitalwerte und Laborergebnisse",
  "type.PDF": "Dokumente als PDF oder Bild",
  "type.Patient": "Name und Geburtsdatum",
  "type.Procedure": "Prozeduren",
  "type.ServiceRequest": "Anforderungen",
  "type.Task": "Aufgaben",
};
