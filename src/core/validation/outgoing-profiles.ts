/** Which of our profiles a resource must conform to before it leaves. Their StructureDefinitions are in fhir-profiles/. */
import type { DocumentReference } from "fhir/r4.js";

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

/** What is served and sent to subscribers. Entries of a searchset are held to theirs one by one. */
export function servedProfiles(resource: {
  readonly resourceType: string;
  readonly type?: unknown;
}): readonly string[] {
  const { document, notification, documentReference, task, subscription } = handoverProfiles;
  if (resource.resourceType === "Bundle") {
    if (resource.type === "document") return [document];
    return resource.type === "history" ? [notification] : [];
  }
  const byType = new Map([
    ["DocumentReference", documentReference],
    ["Task", task],
    ["Subscription", subscription],
  ]);
  return [byType.get(resource.resourceType) ?? []].flat();
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
