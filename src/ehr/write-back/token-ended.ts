/** Tells a token that has ended on the way from an EHR that says 401 where it means 403. */
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";

/**
 * What goes beside a document may be refused without harm, and must not be given up because the token ended in between: where
 * `error` is a 401, the document itself, which a good token reads, is asked for.
 * @param document relative reference of one that is in the EHR
 * @throws the EHR's second 401: the rest of the write waits for another token
 */
export async function throwIfTokenEnded(gateway: FhirGateway, error: unknown, document: string): Promise<void> {
  if (ehrStatusOf(error) !== 401) return;
  try {
    await gateway.read("DocumentReference", document.slice(document.indexOf("/") + 1));
  } catch (again) {
    if (ehrStatusOf(again) === 401) throw again;
  }
}
