/**
 * Records that an EHR labels as specially protected (`meta.security`): the codes that are known, in the classes that a
 * hospital's policy speaks of. Data, not rules: a new code is a new row.
 */
import type { Coding, Encounter, FhirResource } from "fhir/r4.js";
import { codingsOf as codingsIn } from "../chart/readable.ts";

export const sensitivityClasses = [
  "restricted",
  "very-restricted",
  "substance-use",
  "psychiatry",
  "sexuality-reproductive",
  "hiv",
  "genetic",
  "violence",
  "vip",
  "other",
] as const;
export type SensitivityClass = (typeof sensitivityClasses)[number];

const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const courtesy = "http://terminology.hl7.org/CodeSystem/v3-EncounterSpecialCourtesy";

/** The same systems under the names of older releases and as OIDs: a label is none the less for it. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["http://hl7.org/fhir/v3/ActCode", actCode],
  ["urn:oid:2.16.840.1.113883.5.4", actCode],
  ["http://hl7.org/fhir/v3/Confidentiality", confidentiality],
  ["http://hl7.org/fhir/v3-Confidentiality", confidentiality],
  ["urn:oid:2.16.840.1.113883.5.25", confidentiality],
  ["http://hl7.org/fhir/v3/EncounterSpecialCourtesy", courtesy],
  ["urn:oid:2.16.840.1.113883.5.40", courtesy],
]);

interface KnownLabel {
  readonly class: SensitivityClass;
  readonly coding: { readonly system: string; readonly code: string; readonly display: string };
}

const label = (classOf: SensitivityClass, system: string, code: string, display: string): KnownLabel => ({
  class: classOf,
  coding: { system, code, display },
});

const known: readonly KnownLabel[] = [
  label("restricted", confidentiality, "R", "restricted"),
  label("very-restricted", confidentiality, "V", "very restricted"),
  label("substance-use", actCode, "42CFRPart2", "42 CFR Part2"),
  label("substance-use", actCode, "ETH", "substance abuse information sensitivity"),
  label("substance-use", actCode, "ETHUD", "alcohol use disorder information sensitivity"),
  label("substance-use", actCode, "OPIOIDUD", "opioid use disorder information sensitivity"),
  label("substance-use", actCode, "SUD", "substance use disorder information sensitivity"),
  label("substance-use", actCode, "Title38Section7332", "Title 38 Section 7332"),
  label("psychiatry", actCode, "BH", "behavioral health information sensitivity"),
  label("psychiatry", actCode, "EMOTDIS", "emotional disturbance information sensitivity"),
  label("psychiatry", actCode, "HIPAAPsyNotes", "HIPAA psychotherapy notes"),
  label("psychiatry", actCode, "MH", "mental health information sensitivity"),
  label("psychiatry", actCode, "PSY", "psychiatry disorder information sensitivity"),
  label("psychiatry", actCode, "PSYTHPN", "psychotherapy note information sensitivity"),
  label("sexuality-reproductive", actCode, "SEX", "sexuality and reproductive health information sensitivity"),
  label("sexuality-reproductive", actCode, "STD", "sexually transmitted disease information sensitivity"),
  label("hiv", actCode, "HIV", "HIV/AIDS information sensitivity"),
  label("genetic", actCode, "GDIS", "genetic disease information sensitivity"),
  label("genetic", actCode, "SCA", "sickle cell anemia information sensitivity"),
  label("genetic", actCode, "SICKLE", "sickle cell"),
  label("violence", actCode, "SDV", "sexual assault, abuse, or domestic violence information sensitivity"),
  label("violence", actCode, "MST", "military sexual trauma information sensitivity"),
  label("violence", actCode, "VIO", "violence information sensitivity"),
  label("vip", actCode, "CEL", "celebrity information sensitivity"),
  label("vip", actCode, "EMP", "employee information sensitivity"),
  label("vip", courtesy, "VIP", "very important person"),
  label("other", actCode, "COGN", "cognitive disability information sensitivity"),
  label("other", actCode, "DVD", "developmental disability information sensitivity"),
  label("other", actCode, "SPI", "specially protected information sensitivity"),
  label("other", actCode, "TBOO", "taboo"),
];
const byCode: ReadonlyMap<string, KnownLabel> = new Map(known.map((entry) => [entry.coding.code, entry]));

/** Codes are told apart by their system where one is given: `R` of another system is no confidentiality. */
function isSame(system: string, { coding: own }: KnownLabel): boolean {
  return system === "" || system === own.system;
}

/** A stay says so too in the place that R4 has for it: `hospitalization.specialCourtesy`. */
function courtesiesOf(resource: Labelled): readonly Coding[] {
  const given = "hospitalization" in resource ? resource.hospitalization?.specialCourtesy : undefined;
  return Array.isArray(given) ? given.flatMap((one) => codingsIn(one)) : [];
}

type Labelled = Pick<FhirResource, "meta"> | Encounter;

/** Codes of the known labels on a resource, each once; empty for what is not labelled. */
export function labelsOf(resource: Labelled): readonly string[] {
  const security: unknown = resource.meta?.security;
  const codings: readonly Coding[] = [...(Array.isArray(security) ? security : []), ...courtesiesOf(resource)];
  const found = codings.flatMap((coding) => {
    const own = byCode.get(coding.code ?? "");
    // HL7's older releases had the sensitivities among the confidentialities.
    const system = otherNames.get(coding.system ?? "") ?? coding.system ?? "";
    const isOlder = system === confidentiality && own?.coding.system === actCode;
    return own !== undefined && (isOlder || isSame(system, own)) ? [own.coding.code] : [];
  });
  return [...new Set(found)];
}

/** Classes of label codes, each once. */
export function classesOf(codes: readonly string[]): readonly SensitivityClass[] {
  return [...new Set(codes.flatMap((code) => byCode.get(code)?.class ?? []))];
}

/** The codings of label codes, for a document's own label; most confidential first. */
export function codingsOf(codes: readonly string[]): readonly Coding[] {
  const order = known.map(({ coding }) => coding.code);
  return [...new Set(codes)]
    .toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
    .flatMap((code) => byCode.get(code)?.coding ?? []);
}

/** HL7's confidentiality of a document with such sources: any special protection makes it restricted at least. */
export function confidentialityOf(codes: readonly string[]): "N" | "R" | "V" {
  if (codes.includes("V")) return "V";
  return codes.some((code) => byCode.has(code)) ? "R" : "N";
}
