/** From what an EHR sent to the chart that the rules read: resolved, one patient's, without errors and without our own product. */
import type { Bundle, Encounter, FhirResource, Patient } from "fhir/r4.js";
import { AdapterError } from "../errors.ts";
import type { Chart } from "./chart.ts";
import { textGaps, withTexts } from "./attached-text.ts";
import { binariesOf } from "./discharge-summary.ts";
import { encounterReference } from "./encounter-of.ts";
import { isOwnSummary, stayEncounters } from "./own-stay.ts";
import { hasCode, list, property, textOf } from "./readable.ts";
import { relativeReference, rewriteReferences } from "./reference.ts";
import { versionOf } from "./resource-version.ts";
import { needsSubject, ownershipOf } from "./subject.ts";

export interface ChartInput {
  /** A Bundle of any type, or its resources. `fullUrl`s are used to resolve references. */
  readonly resources: Bundle | readonly FhirResource[];
  readonly encounterId: string;
  /** Absent: the encounter's own subject. */
  readonly patientId?: string;
  /** What the reader could not fetch; kept in front of what is found wrong here. */
  readonly gaps?: readonly string[];
  /** Bounds of the stay known from elsewhere (an ADT message), used where `Encounter.period` has none. */
  readonly stay?: { readonly start?: string; readonly end?: string };
}

interface Entry {
  readonly fullUrl?: string;
  readonly resource: FhirResource;
}

const fhirId = /^[A-Za-z0-9\-.]{1,64}$/u;

function isResource(value: unknown): value is FhirResource {
  return (
    value !== null && typeof value === "object" && "resourceType" in value && typeof value.resourceType === "string"
  );
}

function entriesOf(resources: ChartInput["resources"]): readonly Entry[] {
  if ("resourceType" in resources) {
    return list(resources.entry).flatMap((entry) =>
      isResource(entry.resource)
        ? [{ resource: entry.resource, ...(entry.fullUrl === undefined ? {} : { fullUrl: entry.fullUrl }) }]
        : [],
    );
  }
  return resources.filter(isResource).map((resource) => ({ resource }));
}

/** A resource without an id takes the UUID of its fullUrl; without either it cannot be cited. */
function withId(entry: Entry): Entry | undefined {
  if (textOf(entry.resource.id) !== undefined) return entry;
  const fromUrl = entry.fullUrl?.split(/[:/]/u).at(-1);
  if (fromUrl === undefined || !fhirId.test(fromUrl)) return undefined;
  return { ...entry, resource: { ...entry.resource, id: fromUrl } };
}

const nameOf = (resource: FhirResource): string => `${resource.resourceType}/${resource.id}`;

/** `urn:uuid:x` -> `Type/x` for resources whose id is that UUID: the fullUrls of a Bundle may have been lost on the way. */
function namesByUuid(entries: readonly Entry[]): ReadonlyMap<string, string> {
  return new Map(entries.map(({ resource }) => [`urn:uuid:${resource.id}`, nameOf(resource)]));
}

/** Rewrites `urn:uuid:` and absolute references to `Type/id`; what does not resolve stays as written. */
function resolved(entries: readonly Entry[]): readonly FhirResource[] {
  const byUuid = namesByUuid(entries);
  const byUrl = new Map(
    entries.flatMap((entry): readonly (readonly [string, string])[] =>
      entry.fullUrl === undefined ? [] : [[entry.fullUrl, nameOf(entry.resource)]],
    ),
  );
  const rename = (reference: string): string =>
    byUrl.get(reference) ?? byUuid.get(reference) ?? relativeReference(reference) ?? reference;
  return entries.map((entry) => rewriteReferences(entry.resource, rename));
}

/** What the EHR has taken back: no part of a chart. */
export function enteredInError(resource: FhirResource): boolean {
  const verification = property(resource, "verificationStatus");
  return (
    property(resource, "status") === "entered-in-error" ||
    property(resource, "docStatus") === "entered-in-error" ||
    verification === "entered-in-error" ||
    (verification !== null && typeof verification === "object" && hasCode(verification, "entered-in-error"))
  );
}

const versionKey = (resource: FhirResource): string =>
  `${resource.meta?.lastUpdated ?? ""} ${(versionOf(resource) ?? "").padStart(12, "0")}`;

/** One resource per id: the newest version. Equal versions fall back to their text, so that input order never decides. */
function newestVersions(resources: readonly FhirResource[]): readonly FhirResource[] {
  const byName = new Map<string, FhirResource>();
  for (const resource of resources) {
    const known = byName.get(nameOf(resource));
    if (known === undefined || isNewer(resource, known)) byName.set(nameOf(resource), resource);
  }
  return [...byName.values()];
}

function isNewer(candidate: FhirResource, known: FhirResource): boolean {
  if (versionKey(candidate) !== versionKey(known)) return versionKey(candidate) > versionKey(known);
  return JSON.stringify(candidate) > JSON.stringify(known);
}

function compareNames(left: FhirResource, right: FhirResource): number {
  if (left.resourceType !== right.resourceType) return left.resourceType < right.resourceType ? -1 : 1;
  const [leftId, rightId] = [left.id ?? "", right.id ?? ""];
  return leftId === rightId ? 0 : leftId < rightId ? -1 : 1;
}

function findEncounter(resources: readonly FhirResource[], id: string): Encounter {
  const wanted = id.replace(/^Encounter\//u, "");
  for (const resource of resources) {
    if (resource.resourceType === "Encounter" && resource.id === wanted) return resource;
  }
  throw new AdapterError("prefetch_unavailable", {
    at: "encounter",
    message: "The chart does not hold the Encounter of the stay.",
  });
}

function findPatient(resources: readonly FhirResource[], reference: string | undefined): Patient {
  const wanted = textOf(reference)?.replace(/^Patient\//u, "");
  const patients = resources.filter((resource) => resource.resourceType === "Patient");
  // An encounter whose subject does not resolve still has a patient when the chart holds exactly one.
  const patient =
    patients.find((candidate) => candidate.id === wanted) ??
    (wanted === undefined && patients.length === 1 ? patients[0] : undefined);
  if (patient === undefined) {
    throw new AdapterError("prefetch_unavailable", {
      at: "patient",
      message: "The chart does not hold the Patient of the stay.",
    });
  }
  return patient;
}

/** Throws when a resource is another patient's; leaves out, with a gap, what names no patient at all. */
function ofPatient(resources: readonly FhirResource[], patient: Patient, gaps: string[]): readonly FhirResource[] {
  const linked = new Set(list(patient.link).map((link) => link.other?.reference));
  const own = resources.filter((resource) => !linked.has(nameOf(resource)));
  for (const resource of own) {
    if (ownershipOf(resource, patient) === "other") throw new AdapterError("wrong_patient", { at: nameOf(resource) });
  }
  const encounters = new Set(own.filter((resource) => resource.resourceType === "Encounter").map(nameOf));
  return own.filter((resource) => {
    if (!needsSubject(resource) || ownershipOf(resource, patient) === "patient") return true;
    if (resource.resourceType !== "Encounter" && encounters.has(encounterReference(resource) ?? "")) return true;
    gaps.push(`${nameOf(resource)}: names no patient, left out`);
    return false;
  });
}

function withoutOwnSummaries(resources: readonly FhirResource[], encounter: Encounter): readonly FhirResource[] {
  const own = stayEncounters(resources, encounter);
  const dropped = resources.filter((resource) => isOwnSummary(resource, encounter, own));
  const gone = new Set(dropped.flatMap((resource) => [nameOf(resource), ...binariesOf(resource)]));
  return resources.filter((resource) => !gone.has(nameOf(resource)));
}

/** Resources as a chart names them: each with an id, references as `Type/id`, of each id its newest version. */
export function chartResources(resources: ChartInput["resources"]): readonly FhirResource[] {
  return newestVersions(resolved(entriesOf(resources).flatMap((entry) => withId(entry) ?? [])));
}

/**
 * Builds the chart of one stay. References become `Type/id`; resources entered in error, older versions of the same id
 * and the stay's own discharge summaries are left out; texts that stand in files of their own come into their notes;
 * everything else keeps the form the EHR gave it, in the order type, then id. Throws `prefetch_unavailable` when Encounter
 * or Patient is missing, and `wrong_patient`, naming the resource by reference only, when one belongs to another patient.
 */
export function buildChart(input: ChartInput): Chart {
  const gaps = [...(input.gaps ?? [])];
  const entries = entriesOf(input.resources).flatMap((entry) => {
    const named = withId(entry);
    if (named === undefined) gaps.push(`${entry.resource.resourceType}: has no id and cannot be cited, left out`);
    return named === undefined ? [] : [named];
  });
  const valid = newestVersions(resolved(entries)).filter((resource) => !enteredInError(resource));
  const encounter = withStay(findEncounter(valid, input.encounterId), input.stay);
  const patient = findPatient(valid, input.patientId ?? encounter.subject?.reference);
  if (ownershipOf(encounter, patient) === "other") throw new AdapterError("wrong_patient", { at: nameOf(encounter) });
  const resources = withTexts(withoutOwnSummaries(ofPatient(valid, patient, gaps), encounter))
    .filter((resource) => nameOf(resource) !== nameOf(encounter) && nameOf(resource) !== nameOf(patient))
    .toSorted(compareNames);
  gaps.push(...textGaps(resources, encounter));
  return { patient, encounter, resources, gaps: gaps.toSorted() };
}

function withStay(encounter: Encounter, stay: ChartInput["stay"]): Encounter {
  if (stay === undefined) return encounter;
  return { ...encounter, period: { ...stay, ...encounter.period } };
}
