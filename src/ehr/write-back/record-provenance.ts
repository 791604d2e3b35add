/** Puts the Provenance of a document beside it, once. */
import type { Provenance } from "fhir/r4.js";
import { AdapterError } from "../../core/errors.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";

/** What an EHR answers that does not take this one: it has one (412), or lets nobody write any. The document stands without it. */
function isTaken(error: unknown): boolean {
  return ehrStatusOf(error) === 412 || (error instanceof AdapterError && error.code === "ehr_refused");
}

/**
 * @param provenance names the document by a relative reference in `target[0]`
 * @throws AdapterError ehr_failed, ehr_timeout: later
 */
export async function recordProvenance(
  gateway: FhirGateway,
  provenance: Provenance,
  conditionalCreate: boolean,
): Promise<void> {
  const target = provenance.target[0]?.reference ?? "";
  try {
    if (!conditionalCreate) {
      const { resources } = await gateway.search("Provenance", { target }, 1);
      if (resources.length > 0) return;
    }
    await gateway.create(provenance, conditionalCreate ? `target=${encodeURIComponent(target)}` : undefined);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}
