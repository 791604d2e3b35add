/** Telling a document of ours among those that an EHR holds, also where the EHR dropped what we named it by. */
import type { DocumentReference, DocumentReferenceContent, FhirResource } from "fhir/r4.js";
import { list } from "../chart/readable.ts";
import { instantOf } from "../facts/dates.ts";

export interface SoughtDocument {
  readonly identifier: { readonly system: string; readonly value: string };
  /** Relative reference of the stay. */
  readonly encounter: string;
  /** RFC 3339: when its version was signed or drafted; absent where that is not known. */
  readonly time?: string | undefined;
}

/** Some servers keep seconds only. */
const secondOf = (time: unknown): number | undefined => {
  const instant = typeof time === "string" ? instantOf(time) : undefined;
  return instant === undefined ? undefined : Math.floor(instant / 1000);
};

/**
 * By its identifier where it has one of ours. Else by the moment of its version: two versions of one stay's summary are never
 * signed in the same second.
 */
export function isSought(candidate: FhirResource, sought: SoughtDocument): candidate is DocumentReference {
  if (candidate.resourceType !== "DocumentReference" || candidate.id === undefined) return false;
  const { system, value } = sought.identifier;
  const ours = list(candidate.identifier).filter((identifier) => identifier.system === system);
  if (ours.length > 0) return ours.some((identifier) => identifier.value === value);
  const time = secondOf(sought.time);
  const times = [candidate.date, ...list(candidate.content).map(creationOf)].map(secondOf);
  return time !== undefined && times.includes(time) && isOfStay(candidate, sought.encounter);
}

/** An EHR holds documents of many hands: some have no attachment where R4 wants one. */
function creationOf(content: Partial<DocumentReferenceContent>): string | undefined {
  return content.attachment?.creation;
}

function isOfStay({ context }: DocumentReference, encounter: string): boolean {
  const named = list(context?.encounter).map(({ reference }) => reference ?? "");
  return named.some((reference) => reference === encounter || reference.endsWith(`/${encounter}`));
}
