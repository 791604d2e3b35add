/** Picks the patient and the stay of a chart that nobody has prepared for us. */
import type { Bundle, Encounter, FhirResource } from "fhir/r4.js";

export interface LoadedChart {
  readonly bundle: Bundle<FhirResource>;
  readonly patientId: string;
  /** The inpatient stay to discharge: the latest of class IMP, ACUTE or NONAC. */
  readonly encounterId: string;
}

const INPATIENT: ReadonlySet<string> = new Set(["IMP", "ACUTE", "NONAC"]);
const OVER_BEFORE_IT_BEGAN: ReadonlySet<string> = new Set(["cancelled", "entered-in-error", "planned"]);

/**
 * Takes a collection, document, transaction, batch or searchset. Throws, naming what is missing, when it is no Bundle or
 * holds no inpatient stay of a patient.
 */
export function selectStay(bundle: Bundle<FhirResource>): LoadedChart {
  if (bundle.resourceType !== "Bundle") throw new Error("a chart file must hold a FHIR Bundle");
  const resources = bundle.entry ?? [];
  const encounters = resources.flatMap((entry) => stayOfEntry(entry.resource, entry.fullUrl));
  const latest = encounters.sort((a, b) => b.start.localeCompare(a.start))[0];
  if (latest === undefined) throw new Error("the chart holds no inpatient Encounter (class IMP, ACUTE or NONAC)");
  const patientId = patientIdOf(bundle, latest.subject);
  if (patientId === undefined) throw new Error("the chart holds no Patient for its inpatient Encounter");
  return { bundle, patientId, encounterId: latest.id };
}

interface Candidate {
  readonly id: string;
  readonly start: string;
  readonly subject: string;
}

function stayOfEntry(resource: FhirResource | undefined, fullUrl: string | undefined): readonly Candidate[] {
  if (resource?.resourceType !== "Encounter" || !isInpatient(resource)) return [];
  const id = resource.id ?? idOfUrl(fullUrl);
  if (id === undefined) return [];
  // In UTC, so that stays in different offsets sort by time and not by text.
  const start = new Date(resource.period?.start ?? 0).toISOString();
  return [{ id, start, subject: resource.subject?.reference ?? "" }];
}

function isInpatient({ class: encounterClass, status }: Encounter): boolean {
  return INPATIENT.has(encounterClass?.code ?? "") && !OVER_BEFORE_IT_BEGAN.has(status);
}

/** The Patient whom the encounter names, by id or by the entry's full URL; the only Patient when it names none. */
function patientIdOf(bundle: Bundle<FhirResource>, subject: string): string | undefined {
  const patients = (bundle.entry ?? []).flatMap(({ resource, fullUrl }) =>
    resource?.resourceType === "Patient" ? [{ id: resource.id ?? idOfUrl(fullUrl), fullUrl }] : [],
  );
  const named = patients.find(({ id, fullUrl }) => fullUrl === subject || idOfUrl(subject) === id);
  return (named ?? (subject === "" && patients.length === 1 ? patients[0] : undefined))?.id;
}

function idOfUrl(url: string | undefined): string | undefined {
  return url?.split(/[/:]/u).at(-1);
}
