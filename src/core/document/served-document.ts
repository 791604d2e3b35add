/** A document as readers get it: the Bundle under its job's id, and the DocumentReference that says where it is, and what it is. */
import type { Bundle, DocumentReference, FhirResource, Reference } from "fhir/r4.js";
import { documentBundle } from "./bundle.ts";
import type { DocumentInput } from "./document-input.ts";
import { documentNumber } from "./document-input.ts";
import { attachmentFacts, describedDocument, formatOf, sizeAndHash } from "./document-reference.ts";
import { ehrUrl } from "./participants.ts";

export interface ServedDocument {
  readonly bundle: Bundle<FhirResource>;
  readonly reference: DocumentReference;
}

/** The job whose newest summary it is. */
export interface ServedJob {
  readonly id: string;
  readonly version: number;
  /** RFC 3339. */
  readonly updatedAt: string;
}

export interface ServedForms {
  /** Of the adapter, without a trailing slash. */
  readonly publicUrl: string;
  /** Rises with every edit of this version. */
  readonly revision: number;
  /** The summary as the job API gives it, byte for byte. */
  readonly json: Uint8Array;
}

/** Nothing of a reader's needs to be spared: who signs is named, and the label is there. */
const readers = {
  docStatus: "spec",
  aiLabel: "security-label",
  author: "software-and-signer",
  credential: "system",
  authenticator: "always",
  profiles: [],
} as const;

/** An amended version replaces the signed one before it, which has no address here any more: it is named by its identifier. */
function replacedBy({ summary, source }: DocumentInput): Reference | undefined {
  const { docStatus, version, job } = summary;
  if (docStatus !== "amended" || version < 2) return undefined;
  const value = documentNumber({ job, version: version - 1, docStatus: "final" });
  return { type: "DocumentReference", identifier: { system: source, value } };
}

/**
 * Hash and size are of what the two addresses answer now: patient and stay stand in the Bundle as the EHR shows them.
 * Throws AdapterError `state_conflict` for a discarded draft.
 */
export function servedDocument(
  input: DocumentInput,
  { id, version, updatedAt }: ServedJob,
  { publicUrl, revision, json }: ServedForms,
): ServedDocument {
  const bundleMeta = { versionId: `${input.summary.version}.${revision}`, lastUpdated: updatedAt };
  const bundle = { ...documentBundle(input), id, meta: bundleMeta };
  const forms = [
    { contentType: "application/fhir+json", url: `${publicUrl}/fhir/Bundle/${id}`, bytes: encode(bundle) },
    { contentType: "application/json", url: `${publicUrl}/v1/jobs/${id}/summary`, bytes: json },
  ];
  const content = forms.map(({ contentType, url, bytes }) => ({
    attachment: { contentType, url, ...sizeAndHash(bytes), ...attachmentFacts(input) },
    format: formatOf(contentType),
  }));
  const at = (reference: string): string => ehrUrl(input.fhirBaseUrl, reference);
  const described = describedDocument(input, { profile: readers, content, at, replaces: replacedBy(input) });
  const { resourceType, meta, ...rest } = described;
  const servedMeta = { versionId: String(version), lastUpdated: updatedAt, ...meta };
  return { bundle, reference: { resourceType, id, meta: servedMeta, ...rest } };
}

const encode = (resource: FhirResource): Uint8Array => Buffer.from(JSON.stringify(resource), "utf8");
