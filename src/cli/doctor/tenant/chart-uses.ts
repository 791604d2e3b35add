/** What each resource type is to a discharge summary: told where the EHR will not give it. */
import type { TenantConfig } from "../../../config/tenant-schema.ts";
import type { Right } from "../../../core/smart/granted-scopes.ts";
import { searchPlan } from "../../../ehr/search-plan.ts";

/** What is lost without the type, by type; every type that a chart is read from is named here. */
export const lossWithout: Readonly<Record<string, string>> = {
  Patient: "no draft can be written at all",
  Encounter: "no draft can be written at all",
  Condition: "no diagnoses in the draft",
  AllergyIntolerance: "no allergies in the draft",
  MedicationRequest: "no medications in the draft",
  MedicationStatement: "home medications are missing from the reconciliation",
  MedicationAdministration: "nothing in the draft of what was given during the stay",
  Medication: "medications that the EHR names by reference appear without a name",
  Procedure: "no procedures in the draft",
  Observation: "no laboratory results and no vital signs in the draft",
  DiagnosticReport: "no imaging and pathology reports, no pending results",
  DocumentReference: "notes of the stay are not read",
  Binary: "notes that the EHR serves as files are not read",
  Composition: "notes kept as Composition are not read",
  ClinicalImpression: "assessments kept as ClinicalImpression are not read",
  ServiceRequest: "open orders are missing from follow-up and pending results",
  Appointment: "appointments are missing from follow-up",
  CarePlan: "care plans are missing from follow-up",
  Goal: "goals are missing from follow-up",
  Immunization: "immunizations are missing",
  Device: "implants and devices are missing",
  DeviceUseStatement: "the draft does not tell which devices stay in place",
  NutritionOrder: "diet orders are missing from the instructions",
  Communication: "messages to the patient are missing from the instructions",
  List: "an empty allergy list is told without its reason",
  Specimen: "pending tests are told without the day their specimen was taken",
  ImagingStudy: "pending images are told without the day they were made",
  FamilyMemberHistory: "family history is missing",
  Consent: "advance directives are missing",
  Flag: "flags (isolation, fall risk) are missing",
  Task: "open tasks are missing from follow-up",
};

/** Without one of these a draft is worth nothing, or misleads; what else is missing, the draft says by itself. */
const essential = new Set([
  "Patient",
  "Encounter",
  "Condition",
  "AllergyIntolerance",
  "MedicationRequest",
  "Observation",
]);

export const isEssential = (type: string): boolean => essential.has(type);

/** One right that the adapter uses, and what goes wrong without it. */
export interface UsedRight {
  readonly type: string;
  readonly letter: Right;
  readonly loss: string;
  readonly essential: boolean;
}

/** True where documents are filed with our own token. */
export function writesBySystem({ ehr }: TenantConfig): boolean {
  return ehr.writeProfile.when !== "never" && ehr.writeProfile.credential === "system";
}

/** Every right that Backend Services use for this tenant. */
export function rightsOf(tenant: TenantConfig): readonly UsedRight[] {
  const right = (type: string, letter: Right, loss = lossWithout[type] ?? "it is not read"): UsedRight => ({
    type,
    letter,
    loss,
    essential: isEssential(type),
  });
  const searched = [...new Set(searchPlan("p", "e").map(({ type }) => type))];
  const reading = [
    ...["Patient", "Encounter", "Medication", "Binary"].map((type) => right(type, "r")),
    ...searched.map((type) => right(type, "s")),
  ];
  if (!writesBySystem(tenant)) return reading;
  return [
    ...reading,
    {
      ...right("DocumentReference", "c", "the signed summary cannot be written back into the EHR"),
      essential: true,
    },
    right("DocumentReference", "r", "a retracted summary cannot be marked in the EHR"),
    right("DocumentReference", "u", "a retracted summary cannot be marked in the EHR"),
  ];
}
