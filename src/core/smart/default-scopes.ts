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
  "Communication",
  "Composition",
  "Condition",
  "Consent",
  "Device",
  "DeviceUseStatement",
  "DiagnosticReport",
  "DocumentReference",
  "Encounter",
  "FamilyMemberHistory",
  "Flag",
  "Goal",
  "ImagingStudy",
  "Immunization",
  "List",
  "Medication",
  "MedicationAdministration",
  "MedicationRequest",
  "MedicationStatement",
  "NutritionOrder",
  "Observation",
  "Patient",
  "Procedure",
  "ServiceRequest",
  "Specimen",
  "Task",
] as const;

/** Types that are read by their address alone: the files that notes stand in. Nobody searches them. */
export const fileTypes = ["Binary"] as const;

/** `launch` is for launches out of the EHR; who asks by hand gets `launch/patient` and `launch/encounter` instead. */
const identity = "launch openid fhirUser";

/** Who launches and with which roles is read too; a signer's own token may write the document, amend and retract it. */
export const defaultLaunchScopes = [
  identity,
  ...chartTypes.map((type) => `patient/${type}.rs`),
  ...fileTypes.map((type) => `patient/${type}.r`),
  "user/Practitioner.rs user/PractitionerRole.rs user/DocumentReference.cu?category=clinical-note",
].join(" ");

/** A document is created, and updated when its summary is amended or retracted; one scope holds all rights of a type. */
export const defaultSystemScopes = [
  ...chartTypes.map((type) => `system/${type}.${type === "DocumentReference" ? "crus" : "rs"}`),
  ...fileTypes.map((type) => `system/${type}.r`),
].join(" ");

/**
 * Of the token that Subscriptions at the EHR are looked after with, and no other: an EHR that refuses a scope which it does not
 * know would else refuse the one that charts are read with.
 */
export const subscriptionScopes = "system/Subscription.cruds";

/** The same in the words of SMART 1.0, which knows neither single rights nor queries. */
const launchScopesOfVersion1 = [
  identity,
  ...[...chartTypes, ...fileTypes].map((type) => `patient/${type}.read`),
  "user/Practitioner.read user/PractitionerRole.read user/DocumentReference.write",
].join(" ");

/** Two scopes rather than `.*`: some servers of that age know no wildcard. */
const systemScopesOfVersion1 = [
  ...[...chartTypes, ...fileTypes].map((type) => `system/${type}.read`),
  "system/DocumentReference.write",
].join(" ");

const inVersion1 = new Map([
  [subscriptionScopes, "system/Subscription.read system/Subscription.write"],
  [defaultLaunchScopes, launchScopesOfVersion1],
  [defaultSystemScopes, systemScopesOfVersion1],
]);

/**
 * What is asked of this server: our default list in version 1 where the server says that it knows no other, in version 2
 * everywhere else. What a tenant wrote itself is sent as written.
 *
 * @param configured the tenant's `scopes`, or one of the two default lists
 * @param capabilities `capabilities` of the server's smart-configuration
 */
export function requestedScopes(configured: string, capabilities: readonly string[]): string {
  const onlyVersion1 = capabilities.includes("permission-v1") && !capabilities.includes("permission-v2");
  return onlyVersion1 ? (inVersion1.get(configured) ?? configured) : configured;
}

/** A launch from outside the EHR: patient and encounter are asked for by name (SMART 2.2, 166). */
export function standaloneScopes(scopes: string): string {
  const rest = scopes.split(" ").filter((scope) => scope !== "launch" && !scope.startsWith("launch/"));
  return ["launch/patient", "launch/encounter", ...rest].join(" ");
}
