/**
 * Files one version: the document and what goes beside it, as one transaction where the EHR takes those, else one by one. The
 * one place from which a document leaves.
 */
import type { Bundle, DocumentReference, FhirResource, Provenance } from "fhir/r4.js";
import type { WriteProfile } from "../../config/write-profile-schema.ts";
import type { CreatableBeside } from "../../core/document/write-transaction.ts";
import { AdapterError } from "../../core/errors.ts";
import type { FhirGateway } from "../fhir-gateway.ts";
import { ehrStatusOf } from "../fhir-transport.ts";
import { findDocument, soughtOf } from "./find-document.ts";
import { recordProvenance } from "./record-provenance.ts";
import { notShown, unseen } from "./unseen.ts";
import type { Before } from "./write-document.ts";
import { writeDocument } from "./write-document.ts";

/** A rendered document and what names it in the event. */
export interface OwedDocument {
  readonly resource: DocumentReference;
  readonly patient: string;
  readonly encounter: string;
  readonly sha256: string;
  /** What goes beside it: made once its reference is known. */
  readonly provenance: (reference: string) => Provenance;
  /** All of it as one transaction; undefined where nothing goes beside the document. */
  readonly transaction: (beside: CreatableBeside) => Bundle<FhirResource> | undefined;
}

/**
 * What became of the Provenance beside a document: `not-granted`, our token may write none; `refused`, the EHR took none;
 * `never`, the write profile wants none. The document stands without it.
 */
export type ProvenanceFate = "written" | "not-granted" | "refused" | "never";

export interface Filed {
  /** Relative reference of the document in the EHR. */
  readonly reference: string;
  readonly provenance: ProvenanceFate;
}

export type FilingProfile = Pick<WriteProfile, "conditionalCreate" | "findBy" | "provenance" | "transaction">;

/**
 * @param before what came of an earlier try
 * @throws AdapterError ehr_refused when the EHR rejects the document (never again), ehr_failed / ehr_timeout (later)
 */
export async function fileDocument(
  gateway: FhirGateway,
  owed: OwedDocument,
  profile: FilingProfile,
  before: Before = "nothing",
): Promise<Filed> {
  const atOnce = before === "confirmed" ? undefined : await fileAtOnce(gateway, owed, profile);
  return atOnce ?? fileOneByOne(gateway, owed, profile, before);
}

/** Undefined where the EHR takes no such transaction: then its parts go alone. */
async function fileAtOnce(
  gateway: FhirGateway,
  owed: OwedDocument,
  profile: FilingProfile,
): Promise<Filed | undefined> {
  if (profile.transaction === "never" || !(await gateway.offersTransaction())) return undefined;
  const [device, hope] = await Promise.all([gateway.mayCreate("Device"), hopeFor(gateway, profile)]);
  const bundle = owed.transaction({ device, provenance: hope === "written" });
  if (bundle === undefined) return undefined;
  const sought = soughtOf(owed.resource);
  // A try whose answer was lost has written all or nothing: what stands alone there was filed one by one, and goes on so.
  if ((await findDocument(gateway, sought, profile.findBy)) !== undefined) return undefined;
  let taken: boolean;
  try {
    const [document] = await gateway.transact(bundle);
    const reference = document?.reference ?? (await findDocument(gateway, sought, profile.findBy))?.reference;
    if (reference !== undefined) return { reference, provenance: hope };
    taken = document?.taken === true;
  } catch (error) {
    if (!isRefusedWhole(error)) throw error;
    return undefined;
  }
  throw taken ? unseen() : notShown();
}

/** Whatever of it the EHR did not like: the document alone may be welcome, and is what matters. */
function isRefusedWhole(error: unknown): boolean {
  return error instanceof AdapterError && error.code === "ehr_refused" && ehrStatusOf(error) !== 401;
}

async function fileOneByOne(
  gateway: FhirGateway,
  owed: OwedDocument,
  profile: FilingProfile,
  before: Before,
): Promise<Filed> {
  const { reference } = await writeDocument(gateway, owed.resource, profile, before);
  const hope = await hopeFor(gateway, profile);
  if (hope !== "written") return { reference, provenance: hope };
  const isThere = await recordProvenance(gateway, owed.provenance(reference), profile.conditionalCreate);
  return { reference, provenance: isThere ? "written" : "refused" };
}

/** What may become of it. Not asked where it would be refused: that would count against us. */
async function hopeFor(gateway: FhirGateway, { provenance }: FilingProfile): Promise<ProvenanceFate> {
  if (provenance === "never") return "never";
  return (await gateway.mayCreate("Provenance")) ? "written" : "not-granted";
}
