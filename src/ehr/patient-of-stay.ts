/** Whose stay it is, by the Encounter in the EHR. */
import type { FhirGateway } from "./fhir-gateway.ts";
import { targetOf } from "./reference.ts";

/**
 * Relative reference of the patient, `Patient/123`; undefined without a gateway, for an unknown stay, and for one that names nobody.
 * @param encounter relative reference
 * @param baseUrl of the EHR, without trailing slash
 * @throws AdapterError ehr_failed, ehr_refused, ehr_timeout
 */
export async function patientOfStay(
  gateway: FhirGateway | undefined,
  encounter: string,
  baseUrl: string,
): Promise<string | undefined> {
  const found = await gateway?.read("Encounter", encounter.slice(encounter.indexOf("/") + 1));
  if (found?.resourceType !== "Encounter") return undefined;
  const subject = targetOf(found.subject?.reference ?? "", baseUrl);
  return subject?.kind === "read" && subject.type === "Patient" ? `Patient/${subject.id}` : undefined;
}
