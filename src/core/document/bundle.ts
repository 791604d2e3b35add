/** The FHIR document: a Bundle with the Composition first and everything it names behind it. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { compositionOf } from "./composition.ts";
import type { DocumentInput } from "./document-input.ts";
import { documentTime, instanceNumber } from "./document-input.ts";
import { deviceOf, encounterOf, organizationOf, patientOf, signerOf } from "./participants.ts";
import { provenanceOf } from "./provenance.ts";
import { urlsOf } from "./urls.ts";

const withId = <T extends FhirResource>(resource: T, url: string): T => ({
  ...resource,
  id: resource.id ?? url.replace("urn:uuid:", ""),
});

/**
 * Document Bundle of one version. Identifier, timestamp and ids derive from the summary alone: the same version gives the
 * same bytes. Throws AdapterError `state_conflict` for a discarded draft.
 */
export function documentBundle(input: DocumentInput): Bundle<FhirResource> {
  const urls = urlsOf(input);
  const signer = signerOf(input);
  const target = { target: urls.composition, device: urls.device };
  const provenance = provenanceOf(input, urls.signer === undefined ? target : { ...target, signer: urls.signer });
  const entries: readonly (readonly [string, FhirResource])[] = [
    [urls.composition, compositionOf(input, urls)],
    [urls.patient, patientOf(input)],
    [urls.encounter, encounterOf(input, urls.patient)],
    [urls.device, deviceOf(input)],
    ...(signer === undefined || urls.signer === undefined ? [] : [[urls.signer, signer] as const]),
    [urls.organization, organizationOf(input)],
    [urls.provenance, provenance],
  ];
  return {
    resourceType: "Bundle",
    identifier: { system: input.source, value: instanceNumber(input.summary) },
    type: "document",
    timestamp: documentTime(input.summary),
    entry: entries.map(([fullUrl, resource]) => ({ fullUrl, resource: withId(resource, fullUrl) })),
  };
}

/** The Bundle as JSON text, for an attachment or an answer. */
export function renderBundle(input: DocumentInput): string {
  return JSON.stringify(documentBundle(input));
}
