/** What the page's banner says about patient and stay, from what the EHR says. Pure. */
import type { Encounter, FhirResource, Patient } from "fhir/r4.js";

export interface PatientBanner {
  readonly name: string;
  readonly birthDate?: string;
  readonly sex?: string;
  readonly identifiers: readonly { readonly label: string; readonly value: string }[];
}

export interface EncounterBanner {
  readonly kind?: string;
  readonly start?: string;
  readonly end?: string;
  readonly location?: string;
}

/** Official name first; a name in use beats an old one. */
function nameOf(patient: Patient): string {
  const names = (patient.name ?? []).filter((name) => name.use !== "old");
  const name = names.find((entry) => entry.use === "official") ?? names[0];
  const parts = [...(name?.given ?? []), name?.family ?? ""].filter((part) => part !== "");
  return name?.text ?? (parts.join(" ") || "Name not recorded");
}

/** Medical record numbers (v2-0203 MR), else the first identifier that has a value. */
function identifiersOf(patient: Patient): PatientBanner["identifiers"] {
  const all = (patient.identifier ?? []).filter(
    (identifier) => identifier.value !== undefined && identifier.use !== "old",
  );
  const records = all.filter((identifier) => identifier.type?.coding?.some((coding) => coding.code === "MR"));
  return (records.length > 0 ? records : all).slice(0, 1).map((identifier) => ({
    label: records.length > 0 ? "MRN" : (identifier.type?.text ?? "ID"),
    value: identifier.value ?? "",
  }));
}

export function patientBanner(resource: FhirResource | undefined): PatientBanner | undefined {
  if (resource?.resourceType !== "Patient") return undefined;
  const { birthDate, gender } = resource;
  return {
    name: nameOf(resource),
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(gender === undefined ? {} : { sex: gender }),
    identifiers: identifiersOf(resource),
  };
}

/** v3-ActCode classes in words. */
const classes: Readonly<Record<string, string>> = {
  IMP: "Inpatient",
  ACUTE: "Inpatient",
  NONAC: "Inpatient",
  EMER: "Emergency",
  OBSENC: "Observation",
  AMB: "Outpatient",
  SS: "Short stay",
};

function kindOf(encounter: Encounter): string | undefined {
  const { code, display } = encounter.class ?? {};
  return classes[code ?? ""] ?? display;
}

export function encounterBanner(resource: FhirResource | undefined): EncounterBanner | undefined {
  if (resource?.resourceType !== "Encounter") return undefined;
  const kind = kindOf(resource);
  const { start, end } = resource.period ?? {};
  const current = resource.location?.find((entry) => entry.status === "active") ?? resource.location?.at(-1);
  const location = current?.location.display;
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...(location === undefined ? {} : { location }),
  };
}
