/** What the page's banner says about patient and stay, from what the EHR says. Pure. */
import type { Encounter, FhirResource, Patient } from "fhir/r4.js";
import type { MessageKey } from "../core/language/messages.ts";
import type { Wording } from "../core/language/wording.ts";
import { english } from "../core/language/wording.ts";

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
function nameOf(patient: Patient, words: Wording): string {
  const names = (patient.name ?? []).filter((name) => name.use !== "old");
  const name = names.find((entry) => entry.use === "official") ?? names[0];
  const parts = [...(name?.given ?? []), name?.family ?? ""].filter((part) => part !== "");
  return name?.text ?? (parts.join(" ") || words.text("banner.noName"));
}

/** Medical record numbers (v2-0203 MR), else the first identifier that has a value. */
function identifiersOf(patient: Patient, words: Wording): PatientBanner["identifiers"] {
  const all = (patient.identifier ?? []).filter(
    (identifier) => identifier.value !== undefined && identifier.use !== "old",
  );
  const records = all.filter((identifier) => identifier.type?.coding?.some((coding) => coding.code === "MR"));
  return (records.length > 0 ? records : all).slice(0, 1).map((identifier) => ({
    label:
      records.length > 0 ? words.text("banner.record") : (identifier.type?.text ?? words.text("banner.identifier")),
    value: identifier.value ?? "",
  }));
}

export function patientBanner(resource: FhirResource | undefined, words: Wording = english): PatientBanner | undefined {
  if (resource?.resourceType !== "Patient") return undefined;
  const { birthDate, gender } = resource;
  return {
    name: nameOf(resource, words),
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(gender === undefined ? {} : { sex: words.text(`banner.${gender}`) }),
    identifiers: identifiersOf(resource, words),
  };
}

/** v3-ActCode classes, by their text. */
const classes: ReadonlyMap<string, MessageKey & `banner.${string}`> = new Map([
  ["IMP", "banner.inpatient"],
  ["ACUTE", "banner.inpatient"],
  ["NONAC", "banner.inpatient"],
  ["EMER", "banner.emergency"],
  ["OBSENC", "banner.observation"],
  ["AMB", "banner.outpatient"],
  ["SS", "banner.shortStay"],
]);

function kindOf(encounter: Encounter, words: Wording): string | undefined {
  const { code, display } = encounter.class ?? {};
  const known = classes.get(code ?? "");
  return known === undefined ? display : words.raw(known);
}

export function encounterBanner(
  resource: FhirResource | undefined,
  words: Wording = english,
): EncounterBanner | undefined {
  if (resource?.resourceType !== "Encounter") return undefined;
  const kind = kindOf(resource, words);
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
