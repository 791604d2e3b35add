/** What is read from an EHR for one stay: data, so that the plan can be shown and changed in one place. */
import type { SearchParams } from "./fhir-gateway.ts";

export interface PlannedSearch {
  readonly type: string;
  readonly params: SearchParams;
  /** Tried once when the EHR refuses `params` (400): a wider search whose result the chart rules narrow again. */
  readonly fallback?: SearchParams;
  readonly maxPages: number;
  /** True where only the first pages are wanted: stopping there is no gap. */
  readonly bounded?: true;
}

const PAGE = "200";

/** LOINC: allergies; allergies and adverse reactions. HL7's list codes, which some EHRs ask for by the bare word: allergies. */
const allergyLists = "48765-2,52472-8,allergies";

/** Searches by encounter where the stay's own data are meant, by patient where history matters. */
export function searchPlan(patientId: string, encounterId: string): readonly PlannedSearch[] {
  const patient = patientId;
  const encounter = `Encounter/${encounterId}`;
  const ofStay = (type: string, maxPages: number): PlannedSearch => ({
    type,
    params: { patient, encounter, _count: PAGE },
    fallback: { patient, _count: PAGE },
    maxPages,
  });
  const ofPatient = (type: string, maxPages: number): PlannedSearch => ({
    type,
    params: { patient, _count: PAGE },
    maxPages,
  });
  return [
    ofPatient("Encounter", 5),
    ofPatient("Condition", 10),
    ofPatient("AllergyIntolerance", 5),
    // Lists are anybody's worklists too: those that say why there are no allergies are asked for by what they are.
    {
      type: "List",
      params: { patient, code: allergyLists, _count: PAGE },
      fallback: { patient, _count: PAGE },
      maxPages: 2,
    },
    ofPatient("MedicationRequest", 10),
    ofPatient("MedicationStatement", 5),
    {
      type: "MedicationAdministration",
      params: { patient, context: encounter, _count: PAGE },
      fallback: { patient, _count: PAGE },
      maxPages: 20,
    },
    ofPatient("Procedure", 10),
    ofStay("Observation", 40),
    {
      type: "Observation",
      params: { patient, category: "laboratory", _sort: "-date", _count: "100" },
      maxPages: 1,
      bounded: true,
    },
    ofPatient("DiagnosticReport", 10),
    ofPatient("DocumentReference", 10),
    ofStay("Composition", 5),
    ofStay("ClinicalImpression", 5),
    ofStay("ServiceRequest", 10),
    ofPatient("Specimen", 5),
    ofStay("ImagingStudy", 5),
    ofPatient("Appointment", 5),
    ofPatient("CarePlan", 5),
    ofStay("NutritionOrder", 5),
    ofStay("Communication", 5),
    ofPatient("Goal", 5),
    ofPatient("Immunization", 5),
    ofPatient("Device", 5),
    ofPatient("DeviceUseStatement", 5),
    ofPatient("FamilyMemberHistory", 5),
    ofPatient("Consent", 5),
    ofPatient("Flag", 5),
    ofPatient("Task", 5),
  ];
}
