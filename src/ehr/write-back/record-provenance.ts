/** Puts the Provenance of a document beside it, once. */
import type { Provenance } from "fhir/r4.js";
import { hasCode, list } from "../../core/chart/readable.ts";
import { relativeReference } from "../../core/chart/reference.ts";
import { tagQuery } from "../../core/document/write-transaction.ts";
import { AdapterError } from "../../core/errors.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";
import { throwIfTokenEnded } from "./token-ended.ts";

/** What an EHR answers that does not take this one: it has one (412), or lets nobody write any. The document stands without it. */
function isTaken(error: unknown): boolean {
  return ehrStatusOf(error) === 412 || (error instanceof AdapterError && error.code === "ehr_refused");
}

/**
 * An EHR may name its own records by absolute and by versioned references, and may have made a Provenance of the write itself: ours
 * has our tag, or where the EHR drops tags our reason.
 */
function isSame({ target, meta, reason }: Provenance, own: Provenance): boolean {
  const [tag] = own.meta?.tag ?? [];
  const ours =
    list(meta?.tag).some(({ system, code }) => system === tag?.system && code === tag?.code) ||
    list(reason).some((one) => hasCode(one, "AIAST"));
  const document = own.target[0]?.reference;
  return ours && list(target).some(({ reference }) => relativeReference(reference ?? "") === document);
}

/**
 * @returns whether one stands there now
 * @param provenance names the document by a relative reference in `target[0]`, and bears our tag
 * @throws AdapterError ehr_failed, ehr_timeout: later; ehr_refused where the token has ended on the way
 */
export async function recordProvenance(
  gateway: FhirGateway,
  provenance: Provenance,
  conditionalCreate: boolean,
): Promise<boolean> {
  const target = provenance.target[0]?.reference ?? "";
  const condition = `target=${encodeURIComponent(target)}&${tagQuery(provenance)}`;
  try {
    if (!conditionalCreate) {
      const { resources } = await gateway.search("Provenance", { target }, 1);
      if (resources.some((one) => one.resourceType === "Provenance" && isSame(one, provenance))) return true;
    }
    await gateway.create(provenance, conditionalCreate ? condition : undefined);
    return true;
  } catch (error) {
    if (!isTaken(error)) throw error;
    await throwIfTokenEnded(gateway, error, target);
    // 412: there are several already.
    return ehrStatusOf(error) === 412;
  }
}
