/** The document with its Device and its Provenance as one transaction (R4 http, transaction): all of it is written, or nothing. */
import type { Bundle, BundleEntry, Device, FhirResource, Provenance } from "fhir/r4.js";
import type { DocumentInput } from "./document-input.ts";
import { documentNumber } from "./document-input.ts";
import type { DocumentExtras, DocumentProfile } from "./document-reference.ts";
import { documentReferenceOf } from "./document-reference.ts";
import { deviceOf, ownUrn } from "./participants.ts";
import { recordedProvenance } from "./provenance.ts";

/** What the EHR lets us create besides the document. */
export interface CreatableBeside {
  readonly device: boolean;
  readonly provenance: boolean;
}

/** A token of FHIR search, as it stands in a query. */
export const tokenQuery = (name: string, system: string, value: string): string =>
  `${name}=${encodeURIComponent(`${system}|${value}`)}`;

/** By which a Provenance of ours is known. */
export function tagQuery({ meta }: Pick<Provenance, "meta">): string {
  const [{ system = "", code = "" } = {}] = meta?.tag ?? [];
  return tokenQuery("_tag", system, code);
}

/** `ifNoneExist` on each entry: a transaction that is sent again, because its answer was lost, writes nothing twice. */
function create(fullUrl: string, resource: FhirResource, ifNoneExist: string | undefined): BundleEntry<FhirResource> {
  const condition = ifNoneExist === undefined ? {} : { ifNoneExist };
  return { fullUrl, resource, request: { method: "POST", url: resource.resourceType, ...condition } };
}

/** The software as the EHR keeps it: one Device for each engine and model, whatever it drafts. */
function keptDevice(input: DocumentInput): Device {
  const { engine, model } = input.summary;
  const value = model === undefined ? engine : `${engine}/${model}`;
  return { ...deviceOf(input), identifier: [{ system: `${input.source}/devices`, value }], status: "active" };
}

/**
 * Undefined where nothing goes beside the document, and where the profile takes none now. The document is the first entry.
 * Throws AdapterError as `documentReferenceOf` does.
 */
export function writeTransaction(
  input: DocumentInput,
  profile: DocumentProfile & { readonly conditionalCreate: boolean },
  beside: CreatableBeside,
  extras: Omit<DocumentExtras, "device">,
): Bundle<FhirResource> | undefined {
  if (!beside.device && !beside.provenance) return undefined;
  const { source, summary } = input;
  const number = documentNumber(summary);
  const urn = {
    document: ownUrn(input, `${number}/document-reference`),
    device: beside.device ? ownUrn(input, `device/${summary.engine}/${summary.model ?? ""}`) : undefined,
  };
  const document = documentReferenceOf(input, profile, { ...extras, device: urn.device });
  if (document === undefined) return undefined;
  const once = (query: string): string | undefined => (profile.conditionalCreate ? query : undefined);
  const entry = [create(urn.document, document, once(tokenQuery("identifier", source, number)))];
  const device = keptDevice(input);
  if (urn.device !== undefined)
    entry.push(
      create(
        urn.device,
        device,
        once(tokenQuery("identifier", `${source}/devices`, device.identifier?.[0]?.value ?? "")),
      ),
    );
  if (beside.provenance) {
    const provenance = recordedProvenance(input, urn.document, urn.device);
    entry.push(create(ownUrn(input, `${number}/provenance`), provenance, once(tagQuery(provenance))));
  }
  return { resourceType: "Bundle", type: "transaction", entry };
}
