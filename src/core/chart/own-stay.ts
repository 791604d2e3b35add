/** What belongs to the stay itself: its encounters, its own summary, its notes. */
import type { Encounter, FhirResource } from "fhir/r4.js";
import { isDischargeSummary } from "./discharge-summary.ts";
import { encounterReference, timeOf } from "./encounter-of.ts";

const nameOf = (resource: FhirResource): string => `${resource.resourceType}/${resource.id}`;

/** The stay's encounter and those that are part of it (bed or ward encounters), as `Encounter/id`. */
export function stayEncounters(resources: readonly FhirResource[], encounter: Encounter): ReadonlySet<string> {
  const names = new Set([nameOf(encounter)]);
  for (const resource of resources) {
    if (resource.resourceType === "Encounter" && resource.partOf?.reference === nameOf(encounter))
      names.add(nameOf(resource));
  }
  return names;
}

/**
 * The stay's own summary by its encounter; without an encounter, by date: only one written before the admission is
 * history for certain, so everything else counts as the stay's own and is left out.
 */
export function isOwnSummary(resource: FhirResource, encounter: Encounter, own: ReadonlySet<string>): boolean {
  if (!isDischargeSummary(resource)) return false;
  const of = encounterReference(resource);
  if (of !== undefined) return own.has(of);
  const [time, start] = [timeOf(resource), encounter.period?.start];
  return time === undefined || start === undefined || Date.parse(time) >= Date.parse(start);
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * True for what names the stay, or names no encounter and is dated within it, a day more on either side: the tenant's zone
 * is not known here, and a note too many is read more cheaply than one too few.
 */
export function isOfStay(resource: FhirResource, encounter: Encounter, own: ReadonlySet<string>): boolean {
  const of = encounterReference(resource);
  if (of !== undefined) return own.has(of);
  const { start, end } = encounter.period ?? {};
  const time = Date.parse(timeOf(resource) ?? "");
  if (Number.isNaN(time) || start === undefined) return false;
  return time >= Date.parse(start) - dayMs && (end === undefined || time <= Date.parse(end) + dayMs);
}
