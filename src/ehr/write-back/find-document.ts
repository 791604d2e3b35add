/** Looks whether the EHR holds a document already: what a try whose answer was lost may have written. */
import type { DocumentReference } from "fhir/r4.js";
import { AdapterError } from "../../core/errors.ts";
import type { SoughtDocument } from "../../core/document/same-document.ts";
import { isSought } from "../../core/document/same-document.ts";
import type { FhirGateway, SearchParams } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";

export interface FoundDocument {
  /** Relative reference in the EHR. */
  readonly reference: string;
  readonly versionId?: string;
}

/** By our identifier; or, where the EHR does not keep it, among all documents of the stay. */
export type FindBy = "identifier" | "stay";

/** A stay has some dozens of documents; Oracle Health gives at most a hundred a page. */
const MOST_PAGES = 10;

/**
 * What comes back is looked at: a server that passes over a parameter answers with other documents.
 * @throws AdapterError ehr_failed where a stay has more documents than can be looked through: none is filed twice for that
 */
export async function findDocument(
  gateway: FhirGateway,
  sought: SoughtDocument,
  findBy: FindBy,
): Promise<FoundDocument | undefined> {
  try {
    return await search(gateway, sought, findBy);
  } catch (error) {
    if (findBy === "stay" || !isNoSuchSearch(error)) throw error;
    return search(gateway, sought, "stay");
  }
}

/** The server says that it does not search documents by identifier. */
function isNoSuchSearch(error: unknown): boolean {
  const status = ehrStatusOf(error);
  return error instanceof AdapterError && error.code === "ehr_refused" && status !== 401 && status !== 403;
}

async function search(
  gateway: FhirGateway,
  sought: SoughtDocument,
  findBy: FindBy,
): Promise<FoundDocument | undefined> {
  const { system, value } = sought.identifier;
  const params: SearchParams =
    findBy === "identifier"
      ? { identifier: `${system}|${value}` }
      : { encounter: sought.encounter.slice(sought.encounter.indexOf("/") + 1), _count: "100" };
  const { resources, complete } = await gateway.search("DocumentReference", params, MOST_PAGES);
  const found = resources.find((resource) => isSought(resource, sought));
  if (found?.id === undefined) {
    if (complete || findBy === "identifier") return undefined;
    throw new AdapterError("ehr_failed", { detail: "the stay has too many documents to look through" });
  }
  const versionId = found.meta?.versionId;
  return { reference: `DocumentReference/${found.id}`, ...(versionId === undefined ? {} : { versionId }) };
}

/** What to look for is in the document itself. */
export function soughtOf(document: DocumentReference): SoughtDocument {
  const [identifier] = document.identifier ?? [];
  const encounter = document.context?.encounter?.[0]?.reference;
  if (identifier?.system === undefined || identifier.value === undefined || encounter === undefined)
    throw new AdapterError("internal", { detail: "a document without identifier or stay must not be written" });
  return { identifier: { system: identifier.system, value: identifier.value }, encounter, time: document.date };
}
