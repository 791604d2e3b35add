/**
 * Puts our profiles before the engine too. On the wire a resource does not claim them (an EHR may refuse a profile that it does not
 * know), so the copies that the engine reads are given the claim, and the engine the profiles.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Bundle, DocumentReference, FhirResource } from "fhir/r4.js";
import { handoverProfiles } from "../../../src/core/validation/outgoing-profiles.ts";

const profilesFolder = join(import.meta.dirname, "..", "..", "..", "fhir-profiles");
const { document, notification, draft, signed, documentReference, aiProvenance, task, subscription } = handoverProfiles;

function ofBundle({ type }: Bundle): string | undefined {
  return type === "document" ? document : type === "history" ? notification : undefined;
}

function ofReference({ docStatus, author, authenticator }: DocumentReference): string {
  if (author !== undefined && docStatus === "preliminary") return draft;
  const isSigned = docStatus === "final" || docStatus === "amended";
  return isSigned && authenticator !== undefined ? signed : documentReference;
}

function profileOf(resource: FhirResource): string | undefined {
  if (resource.resourceType === "Bundle") return ofBundle(resource);
  if (resource.resourceType === "DocumentReference") return ofReference(resource);
  return { Provenance: aiProvenance, Task: task, Subscription: subscription }[resource.resourceType as string];
}

/** Adds the claim to each resource of the folder that one of our profiles is about. Returns how many got one. */
export function claimProfiles(folder: string): number {
  let claimed = 0;
  for (const file of globSync("*.json", { cwd: folder })) {
    const path = join(folder, file);
    const resource = JSON.parse(readFileSync(path, "utf8")) as FhirResource;
    const profile = profileOf(resource);
    if (profile === undefined) continue;
    const claims = new Set([...(resource.meta?.profile ?? []), profile]);
    writeFileSync(path, JSON.stringify({ ...resource, meta: { ...resource.meta, profile: [...claims] } }, null, 1));
    claimed += 1;
  }
  return claimed;
}

/** Copies what the engine has to know into `definitions`, and to be judged itself into `folder`. Returns how many are judged. */
export async function giveDefinitions(terminology: string, definitions: string, folder: string): Promise<number> {
  await mkdir(definitions);
  for (const file of globSync("*.json", { cwd: terminology }))
    await copyFile(join(terminology, file), join(definitions, file));
  const own = globSync("{StructureDefinition,ValueSet,CodeSystem}-*.json", { cwd: profilesFolder });
  for (const file of own) {
    await copyFile(join(profilesFolder, file), join(definitions, file));
    await copyFile(join(profilesFolder, file), join(folder, file));
  }
  return own.length;
}
