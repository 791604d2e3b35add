/** What becomes of a document that the EHR holds already: taken back, or replaced by a later one. Its content stays for the record. */
import type { DocumentReference } from "fhir/r4.js";
import { AdapterError } from "../../core/errors.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { throwIfTokenEnded } from "./token-ended.ts";

type Mark = Pick<DocumentReference, "status" | "docStatus">;

/** Done twice, it changes nothing the second time. False where the EHR holds no such document (any more). */
async function mark(gateway: FhirGateway, reference: string, as: Mark): Promise<boolean> {
  const id = reference.slice(reference.indexOf("/") + 1);
  const found = await gateway.read("DocumentReference", id);
  if (found?.resourceType !== "DocumentReference") return false;
  if (found.status === as.status || found.status === "entered-in-error") return true;
  await gateway.update({ ...found, id, ...as });
  return true;
}

/**
 * Marks a document as entered in error (R4: `status` besides `docStatus`).
 * @param reference relative, `DocumentReference/7`
 * @returns false where the EHR holds no such document (any more)
 * @throws AdapterError ehr_refused where the EHR lets nobody change it; ehr_failed also where somebody else just did
 */
export function retractDocument(gateway: FhirGateway, reference: string): Promise<boolean> {
  return mark(gateway, reference, { status: "entered-in-error", docStatus: "entered-in-error" });
}

/**
 * Marks the document that another one replaces as superseded. Where the EHR does not let us, it stays: the new one says
 * `replaces`, and that alone is no reason to call the write refused.
 * @throws AdapterError ehr_failed, ehr_timeout; ehr_refused where the token has ended on the way
 */
export async function supersedeDocument(gateway: FhirGateway, reference: string): Promise<void> {
  try {
    await mark(gateway, reference, { status: "superseded" });
  } catch (error) {
    if (!(error instanceof AdapterError && error.code === "ehr_refused")) throw error;
    await throwIfTokenEnded(gateway, error, reference);
  }
}
