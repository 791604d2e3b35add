/** Which of our profiles a resource must conform to before it leaves. Their StructureDefinitions are in fhir-profiles/. */
import type { DocumentReference, FhirResource } from "fhir/r4.js";

/** The address that the files are written for; an installation publishes them under its own. */
const canonical = (name: string): string => `https://adapter.example/fhir/StructureDefinition/${name}`;

export const handoverProfiles = {
  document: canonical("handover-document"),
  composition: canonical("handover-composition"),
  aiDevice: canonical("handover-ai-device"),
  aiProvenance: canonical("handover-ai-provenance"),
  documentReference: canonical("handover-document-reference"),
  draft: canonical("handover-draft"),
  signed: canonical("handover-signed"),
  task: canonical("handover-task"),
  subscription: canonical("handover-subscription"),
  subscriptionStatus: canonical("handover-subscription-status"),
  notification: canonical("handover-notification"),
} as const;

/** What is served and sent to subscribers. */
export function servedProfiles({ resourceType }: FhirResource): readonly string[] {
  const { document, documentReference, task } = handoverProfiles;
  const byType: Partial<Record<FhirResource["resourceType"], string>> = {
    Bundle: document,
    DocumentReference: documentReference,
    Task: task,
  };
  const profile = byType[resourceType];
  return profile === undefined ? [] : [profile];
}

/**
 * What is written into the EHR: a draft is one, what was signed names its signer, and what was taken back is only marked.
 *
 * @param way where the EHR takes no authenticator with the signer's token, that profile cannot be met: the author says who signed
 */
export function writtenProfiles(
  { docStatus }: DocumentReference,
  way: { readonly credential: "system" | "user"; readonly authenticator: "always" | "system-only" },
): readonly string[] {
  const named = way.authenticator === "always" || way.credential === "system";
  if (docStatus === "preliminary") return [handoverProfiles.draft];
  if ((docStatus === "final" || docStatus === "amended") && named) return [handoverProfiles.signed];
  return [handoverProfiles.documentReference];
}
