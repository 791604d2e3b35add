/** One patient's stay while its chart is written: who it is about, and the clock of its hospital. */
import type { FhirResource, Reference } from "fhir/r4.js";

export interface Stay {
  /** Family name in lower case: every id of the chart starts with it. */
  readonly key: string;
  readonly patient: Reference & { readonly reference: string };
  readonly encounter: Reference & { readonly reference: string };
}

export function stayOf(key: string, encounterSlug: string, patientName: string): Stay {
  return {
    key,
    patient: { reference: `Patient/${key}`, display: patientName },
    encounter: { reference: `Encounter/${key}-${encounterSlug}` },
  };
}

export function ref(resource: FhirResource, display?: string): Reference {
  const reference = `${resource.resourceType}/${resource.id ?? ""}`;
  return display === undefined ? { reference } : { reference, display };
}

export function to(type: string, id: string, display?: string): Reference {
  const reference = `${type}/${id}`;
  return display === undefined ? { reference } : { reference, display };
}

/** A time of March to October 2026 at the hospital (US Central, summer time): `at("03-14", "08:10")`. */
export function at(monthDay: string, time: string): string {
  return `2026-${monthDay}T${time}:00-05:00`;
}

/** Letters and digits of a time for an id: `03-14T08:10` gives `0314-0810`. */
export function stamp(time: string): string {
  return `${time.slice(5, 7)}${time.slice(8, 10)}-${time.slice(11, 13)}${time.slice(14, 16)}`;
}
