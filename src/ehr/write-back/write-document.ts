/**
 * Puts one DocumentReference into the EHR, exactly once whatever fails: by conditional create where the EHR has it, by
 * search before create where not. A repeat after a time-out finds what the first try wrote.
 */
import type { DocumentReference } from "fhir/r4.js";
import { AdapterError } from "../../core/errors.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";

export interface WrittenDocument {
  /** Relative reference in the EHR. */
  readonly reference: string;
  readonly versionId?: string;
  /** False where an earlier try had already written it. */
  readonly created: boolean;
}

/**
 * @param document carries our identifier (system and value) in `identifier[0]`
 * @throws AdapterError ehr_refused when the EHR rejects the document (never again), ehr_failed / ehr_timeout (later)
 */
export async function writeDocument(
  gateway: FhirGateway,
  document: DocumentReference,
  conditionalCreate: boolean,
): Promise<WrittenDocument> {
  const query = identifierQuery(document);
  if (!conditionalCreate) {
    const earlier = await findByIdentifier(gateway, query);
    if (earlier !== undefined) return { ...earlier, created: false };
  }
  const answer = await createOnce(gateway, document, conditionalCreate ? query : undefined);
  if (answer?.reference !== undefined) {
    return {
      reference: answer.reference,
      created: answer.created,
      ...(answer.versionId === undefined ? {} : { versionId: answer.versionId }),
    };
  }
  // 201 without Location, or "many match": what is there decides.
  const found = await findByIdentifier(gateway, query);
  if (found === undefined)
    throw new AdapterError("ehr_failed", { detail: "the EHR confirmed a document that it does not show" });
  return { ...found, created: answer?.created ?? false };
}

/** Undefined where the EHR answers 412: several already match, so nothing was written. */
async function createOnce(gateway: FhirGateway, document: DocumentReference, ifNoneExist: string | undefined) {
  try {
    return await gateway.create(document, ifNoneExist);
  } catch (error) {
    if (ifNoneExist !== undefined && ehrStatusOf(error) === 412) return undefined;
    throw error;
  }
}

function identifierQuery(document: DocumentReference): string {
  const identifier = document.identifier?.[0];
  if (identifier?.system === undefined || identifier.value === undefined) {
    throw new AdapterError("internal", { detail: "a document without identifier must not be written" });
  }
  return `identifier=${encodeURIComponent(`${identifier.system}|${identifier.value}`)}`;
}

/** `query` as in `identifierQuery`. */
async function findByIdentifier(
  gateway: FhirGateway,
  query: string,
): Promise<{ reference: string; versionId?: string } | undefined> {
  return findDocument(gateway, new URLSearchParams(query).get("identifier") ?? "");
}

/** The EHR's document with this identifier, `system|value`. */
export async function findDocument(
  gateway: FhirGateway,
  identifier: string,
): Promise<{ reference: string; versionId?: string } | undefined> {
  const found = await gateway.search("DocumentReference", { identifier }, 1);
  // A search result is not taken on trust: what is found here is what gets marked as replaced, or as entered in error.
  const resource = found.resources.find((one) => one.resourceType === "DocumentReference" && carries(one, identifier));
  if (resource?.id === undefined) return undefined;
  const versionId = resource.meta?.versionId;
  return { reference: `DocumentReference/${resource.id}`, ...(versionId === undefined ? {} : { versionId }) };
}

function carries({ identifier: all }: DocumentReference, identifier: string): boolean {
  return (all ?? []).some(({ system, value }) => `${system}|${value}` === identifier);
}
