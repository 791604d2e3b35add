/** Puts the Provenance of a document beside it, once. */
import type { Provenance } from "fhir/r4.js";
import { list } from "../../core/chart/readable.ts";
import { relativeReference } from "../../core/chart/reference.ts";
import { AdapterError } from "../../core/errors.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";
import { throwIfTokenEnded } from "./token-ended.ts";

/** What an EHR answers that does not take this one: it has one (412), or lets nobody write any. The document stands without it. */
function isTaken(error: unknown): boolean {
  return ehrStatusOf(error) === 412 || (error instanceof AdapterError && error.code === "ehr_refused");
}

/** An EHR may name its own records by absolute and by versioned references. */
function isOf({ target }: Provenance, document: string): boolean {
  return list(target).some(({ reference }) => relativeReference(reference ?? "") === document);
}

/**
 * @param provenance names the document by a relative reference in `target[0]`
 * @throws AdapterError ehr_failed, ehr_timeout: later; ehr_refused where the token has ended on the way
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
      if (resources.some((one) => one.resourceType === "Provenance" && isOf(one, target))) return;
    }
    await gateway.create(provenance, conditionalCreate ? `target=${encodeURIComponent(target)}` : undefined);
  } catch (error) {
    if (!isTaken(error)) throw error;
    await throwIfTokenEnded(gateway, error, target);
  }
}
