/** Marks a document in the EHR as entered in error (R4: `status` besides `docStatus`); its content stays for the record. */
import type { FhirGateway } from "../fhir-gateway.ts";

/**
 * Done twice, it changes nothing the second time.
 * @param reference relative, `DocumentReference/7`
 * @returns false where the EHR holds no such document (any more)
 * @throws AdapterError ehr_refused where the EHR lets nobody change it; ehr_failed also where somebody else just did
 */
export async function retractDocument(gateway: FhirGateway, reference: string): Promise<boolean> {
  const id = reference.slice(reference.indexOf("/") + 1);
  const found = await gateway.read("DocumentReference", id);
  if (found?.resourceType !== "DocumentReference") return false;
  if (found.status === "entered-in-error") return true;
  await gateway.update({ ...found, id, status: "entered-in-error", docStatus: "entered-in-error" });
  return true;
}
