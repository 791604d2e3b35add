/**
 * Puts one DocumentReference into the EHR, exactly once whatever fails: by conditional create where the EHR has it, by
 * search before create where not. A repeat after a time-out finds what the first try wrote.
 */
import type { DocumentReference } from "fhir/r4.js";
import { tokenQuery } from "../../core/document/write-transaction.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";
import type { FindBy, FoundDocument } from "./find-document.ts";
import { findDocument, soughtOf } from "./find-document.ts";
import { notShown, unseen } from "./unseen.ts";

export interface WrittenDocument extends FoundDocument {
  /** False where an earlier try had already written it. */
  readonly created: boolean;
}

/**
 * What came of earlier tries: nobody knows of `tried`; `confirmed` the EHR has, and did not show: whatever a search that lags
 * behind says, nothing is created any more.
 */
export type Before = "nothing" | "tried" | "confirmed";

/** What of a write profile keeps a document from being there twice. */
export interface OnceBy {
  readonly conditionalCreate: boolean;
  readonly findBy: FindBy;
}

/**
 * @param document carries our identifier (system and value) in `identifier[0]`, and its stay
 * @param before what came of an earlier try
 * @throws AdapterError ehr_refused when the EHR rejects the document (never again), ehr_failed / ehr_timeout (later)
 */
export async function writeDocument(
  gateway: FhirGateway,
  document: DocumentReference,
  { conditionalCreate, findBy }: OnceBy,
  before: Before = "nothing",
): Promise<WrittenDocument> {
  const sought = soughtOf(document);
  const find = () => findDocument(gateway, sought, findBy);
  // Not every server that passes over `If-None-Exist` says so: what was tried before is looked for all the same.
  if (!conditionalCreate || before !== "nothing") {
    const earlier = await find();
    if (earlier !== undefined) return { ...earlier, created: false };
    if (before === "confirmed") throw unseen();
  }
  const { system, value } = sought.identifier;
  const answer = await createOnce(
    gateway,
    document,
    conditionalCreate ? tokenQuery("identifier", system, value) : undefined,
  );
  if (answer?.reference !== undefined) {
    return {
      reference: answer.reference,
      created: answer.created,
      ...(answer.versionId === undefined ? {} : { versionId: answer.versionId }),
    };
  }
  // 201 without Location, "many match", a conflict with whoever creates the same: what is there decides.
  const found = await find();
  if (found !== undefined) return { ...found, created: answer?.created ?? false };
  if (answer?.taken === true) throw unseen();
  throw notShown();
}

/**
 * Undefined where nothing was written because the same is, or is just being, written: 412 says that several match already, 409
 * is how some servers tell of another try of ours that is still on its way (HAPI among them).
 */
async function createOnce(gateway: FhirGateway, document: DocumentReference, ifNoneExist: string | undefined) {
  try {
    return await gateway.create(document, ifNoneExist);
  } catch (error) {
    const status = ehrStatusOf(error);
    if (status === 409 || (ifNoneExist !== undefined && status === 412)) return undefined;
    throw error;
  }
}
