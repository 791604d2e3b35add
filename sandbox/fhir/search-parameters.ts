import type { Definitions, SearchParameterDefinition } from "./definitions.ts";

/**
 * What each type can be searched by. A real EHR documents a short list and refuses the rest; a parameter that is silently
 * ignored would make a client believe that it saw everything.
 */
const allowed: Readonly<Record<string, string>> = {
  AllergyIntolerance: "patient clinical-status verification-status category code criticality date onset recorder type",
  Appointment: "patient actor date status",
  Binary: "",
  Bundle: "identifier type timestamp composition",
  CarePlan: "patient subject encounter category status date",
  CareTeam: "patient subject encounter category status date participant",
  ClinicalImpression: "patient subject encounter status date",
  Communication: "patient subject encounter status category sent received",
  Composition: "patient subject encounter type category status date author title identifier",
  Condition:
    "patient subject encounter category clinical-status verification-status code onset-date recorded-date abatement-date",
  Consent: "patient status category date",
  Coverage: "patient beneficiary status type",
  Device: "patient identifier type status",
  DiagnosticReport: "patient subject encounter category code status date issued based-on result performer",
  DocumentReference:
    "patient subject encounter category type status date period author custodian identifier relatesto relation",
  Encounter:
    "patient subject status class type date identifier location participant practitioner service-provider part-of",
  EpisodeOfCare: "patient status date type",
  FamilyMemberHistory: "patient status date code",
  Flag: "patient subject encounter date",
  Goal: "patient subject category lifecycle-status start-date target-date",
  Group: "identifier type code member",
  ImagingStudy: "patient subject encounter status started modality identifier",
  Immunization: "patient status date vaccine-code",
  List: "patient subject encounter code status date",
  Location: "identifier name status type organization",
  Medication: "code identifier status ingredient",
  MedicationAdministration: "patient subject context status effective-time code medication request",
  MedicationDispense: "patient subject context status code medication prescription whenhandedover",
  MedicationRequest: "patient subject encounter status intent code medication authoredon date requester category",
  MedicationStatement: "patient subject context status effective code medication category",
  NutritionOrder: "patient encounter status datetime",
  Observation: "patient subject encounter category code status date combo-code performer based-on",
  Organization: "identifier name active type partof",
  Patient: "identifier name family given birthdate gender active telecom general-practitioner",
  Practitioner: "identifier name family given active",
  PractitionerRole: "identifier practitioner organization role specialty active location",
  Procedure: "patient subject encounter status date code category performer",
  Provenance: "target patient recorded agent",
  Questionnaire: "url identifier status title",
  QuestionnaireResponse: "patient subject encounter status authored questionnaire",
  RelatedPerson: "patient identifier name",
  RiskAssessment: "patient subject encounter date",
  Schedule: "actor active date",
  ServiceRequest: "patient subject encounter category code status intent authored based-on requester identifier",
  Slot: "schedule start status",
  Specimen: "patient subject type collected identifier",
  Task: "patient subject encounter status intent code focus owner requester identifier authored-on modified",
};

/** The types with a list of their own, and the codes on it. */
export const searchableBy: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(allowed).map(([type, codes]) => [type, codes.split(" ").filter(Boolean)]),
);

/** Parameters that R4 defines on every resource. */
const common = ["_id", "_lastUpdated", "_profile", "_security", "_tag"];

/** The parameters a type can be searched by, by code. */
export type TypeParameters = ReadonlyMap<string, SearchParameterDefinition>;

/**
 * The parameters of a type; `identifier` is always one where R4 has it. A type without a list of its own can be searched
 * by the common ones and, where R4 defines them, by `patient`, `subject` and `encounter`.
 */
export function parametersOf(type: string, definitions: Definitions): TypeParameters {
  const known = definitions.searchParameters[type] ?? {};
  const inherited = definitions.searchParameters["Resource"] ?? {};
  const codes = searchableBy.get(type) ?? ["identifier", "patient", "subject", "encounter"];
  const parameters = new Map<string, SearchParameterDefinition>();
  for (const code of common) {
    const parameter = inherited[code];
    if (parameter) parameters.set(code, { ...parameter, expression: parameter.expression.replace(/^Resource/u, type) });
  }
  for (const code of [...codes, "identifier"]) {
    const parameter = known[code];
    if (parameter) parameters.set(code, parameter);
  }
  return parameters;
}
