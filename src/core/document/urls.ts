/** Full URLs of a document's entries, by which they refer to each other. */
import type { DocumentInput } from "./document-input.ts";
import { documentNumber } from "./document-input.ts";
import { ehrUrl, ownUrn } from "./participants.ts";

export interface EntryUrls {
  readonly composition: string;
  readonly patient: string;
  readonly encounter: string;
  readonly device: string;
  readonly organization: string;
  readonly provenance: string;
  /** Absent while nobody has signed. */
  readonly signer?: string;
}

/** The EHR's own resources keep their address there; what exists in the document only has a stable `urn:uuid`. */
export function urlsOf(input: DocumentInput): EntryUrls {
  const { summary, fhirBaseUrl } = input;
  const number = documentNumber(summary);
  return {
    composition: ownUrn(input, `${number}/composition`),
    patient: ehrUrl(fhirBaseUrl, summary.patient),
    encounter: ehrUrl(fhirBaseUrl, summary.encounter),
    device: ownUrn(input, `device/${summary.engine}/${summary.model ?? ""}`),
    organization: ownUrn(input, "organization"),
    provenance: ownUrn(input, `${number}/provenance`),
    ...(summary.signedBy === undefined ? {} : { signer: ehrUrl(fhirBaseUrl, summary.signedBy) }),
  };
}
