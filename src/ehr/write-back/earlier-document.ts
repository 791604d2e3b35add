/** The document of this job that the EHR holds already: what the next one replaces, and what a retraction marks. */
import { documentNumber } from "../../core/document/document-input.ts";
import type { DocStatus } from "../../core/summary/status.ts";
import type { Database } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import type { FindBy } from "./find-document.ts";
import { findDocument } from "./find-document.ts";
import type { DueWrite } from "./store.ts";
import { earlierWrites } from "./store.ts";
import { stillComing } from "./unseen.ts";

export interface EarlierBy {
  /** `identifier.system` of the tenant's documents. */
  readonly system: string;
  readonly findBy: FindBy;
  /** Relative reference of the stay. */
  readonly encounter: string;
}

/**
 * Relative reference of the newest one; undefined where there is none. A try whose answer was lost may have written the
 * document all the same: those are looked up by what they carried.
 * @throws AdapterError ehr_failed while one may still appear
 */
export async function findEarlierDocument(
  database: Database,
  gateway: FhirGateway,
  { tenant, job, version, doc_status: docStatus }: DueWrite,
  { system, findBy, encounter }: EarlierBy,
): Promise<string | undefined> {
  for (const earlier of await run(database.worker, earlierWrites, tenant, job, version, docStatus)) {
    if (earlier.reference !== null) return earlier.reference;
    const value = documentNumber({ job, version: earlier.version, docStatus: earlier.doc_status as DocStatus });
    const time = earlier.document_time?.toISOString();
    const found = await findDocument(gateway, { identifier: { system, value }, encounter, time }, findBy);
    if (found !== undefined) return found.reference;
    if (earlier.may_appear) throw stillComing();
  }
  return undefined;
}
