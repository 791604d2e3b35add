/** What kind of stay a chart tells of: each kind has sections of its own. Codes decide before words, and what ended decides before what began. */
import type { CodeableConcept, Coding, Encounter, FhirResource, Patient } from "fhir/r4.js";
import { codingsOf, hasCode, list, textOf } from "../chart/readable.ts";

export const stayKinds = [
  "ordinary",
  "death",
  "transfer",
  "against-advice",
  "observation",
  "newborn",
  "delivery",
] as const;

export type StayKind = (typeof stayKinds)[number];

/** What of a chart tells the kind. */
export interface StayChart {
  readonly patient: Patient;
  readonly encounter: Encounter;
  /** Procedures and conditions of the stay tell a delivery; without them it reads as any other stay. */
  readonly resources?: readonly FhirResource[];
}

/** Codes, and the words that charts use in their place. The same digits mean other things in Germany, so its codes stand apart. */
interface Telling {
  /** HL7 discharge-disposition, NUBC patient discharge status, SNOMED CT. */
  readonly codes: readonly string[];
  /** First and second digit of the German Entlassungsgrund. */
  readonly german: readonly string[];
  readonly words: RegExp;
}

const death: Telling = {
  codes: ["exp", "20", "40", "41", "42", "419099009"],
  german: ["07"],
  words: /\b(?:expired|died|deceased|death|dead)\b|verstorben|\btod\b/iu,
};
const againstAdvice: Telling = {
  codes: ["aadvice", "07", "225928004"],
  german: ["04"],
  words: /\bagainst (?:medical |physician'?s? |clinical )?advice\b|\bAMA\b|gegen ärztlichen rat/iu,
};
/** To another hospital or facility; hospice and home care are no hand-over of running treatment. */
const transfer: Telling = {
  codes: ["other-hcf", "psy", "rehab", "snf", "long", "02", "03", "04", "05", "43", "61", "62", "63", "64", "65", "66"],
  german: ["06", "08", "09", "10"],
  words:
    /\btransfer(?:red)?\b|\banother (?:hospital|facility)\b|\bskilled nursing\b|\brehab(?:ilitation)? (?:facility|hospital|unit)\b|verlegung|verlegt/iu,
};

const isGerman = ({ system }: Coding): boolean => /dkgev|fhir\.de/u.test(system ?? "");

/** German profiles put the coding into an extension of the disposition. */
function codingsIn(concept: CodeableConcept): readonly Coding[] {
  const nested = list(concept.extension).flatMap((outer) => [outer, ...list(outer.extension)]);
  return [...codingsOf(concept), ...nested.flatMap(({ valueCoding }) => valueCoding ?? [])];
}

function tells(concept: CodeableConcept | null | undefined, { codes, german, words }: Telling): boolean {
  if (typeof concept !== "object" || concept === null) return false;
  const known = codingsIn(concept).some((coding) =>
    (isGerman(coding) ? german : codes).includes(
      (textOf(coding.code) ?? "").slice(0, isGerman(coding) ? 2 : undefined),
    ),
  );
  if (known) return true;
  const texts = [textOf(concept.text), ...codingsOf(concept).map(({ display }) => textOf(display))];
  return texts.some((text) => text !== undefined && words.test(text));
}

const day = (time: string | undefined): string | undefined => textOf(time)?.slice(0, 10);

/** A death after the stay says nothing about it. */
function diedInStay({ patient, encounter }: StayChart): boolean {
  const died = day(patient.deceasedDateTime);
  const [start, end] = [day(encounter.period?.start), day(encounter.period?.end)];
  return died !== undefined && start !== undefined && died >= start && end !== undefined && died <= end;
}

/** Born here, or admitted on the day of birth. */
function isNewborn({ patient, encounter }: StayChart): boolean {
  if (hasCode(encounter.hospitalization?.admitSource, "born")) return true;
  const [born, start] = [textOf(patient.birthDate), day(encounter.period?.start)];
  return born?.length === 10 && born === start;
}

/** SNOMED CT: delivery procedures; ICD-10: delivery and its outcome. */
const deliveryCodes: ReadonlySet<string> = new Set(["236973005", "11466000", "177184002", "177141003", "302383004"]);
const deliveryCode = /^(?:O8[0-4]|Z37|10D0|10E0)/u;
const deliveryWords =
  /\b(?:vaginal|forceps|vacuum|spontaneous|breech)[\w -]{0,30}\bdelivery\b|\bc(?:a?esarean|-section)|\bchildbirth\b|\bdelivery of (?:placenta|fetus|baby)\b|kaiserschnitt|spontanpartus|entbindung/iu;

function isOfStay(resource: FhirResource, encounter: Encounter): boolean {
  return (
    (resource.resourceType === "Procedure" || resource.resourceType === "Condition") &&
    resource.encounter?.reference === `Encounter/${encounter.id}`
  );
}

function isDelivery({ patient, encounter, resources = [] }: StayChart): boolean {
  if (patient.gender === "male") return false;
  return resources.some((resource) => {
    if (!isOfStay(resource, encounter)) return false;
    if (resource.resourceType === "Procedure" && resource.status !== "completed") return false;
    const { code } = resource.resourceType === "Procedure" || resource.resourceType === "Condition" ? resource : {};
    const coded = codingsOf(code).some(
      (coding) => deliveryCodes.has(coding.code ?? "") || deliveryCode.test(coding.code ?? ""),
    );
    const names = [textOf(code?.text), ...codingsOf(code).map(({ display }) => textOf(display))];
    return coded || (resource.resourceType === "Procedure" && names.some((name) => deliveryWords.test(name ?? "")));
  });
}

/** The class is required, and charts come without it. SNOMED CT: admission to observation unit. */
function isObservation({ encounter }: StayChart): boolean {
  const { class: encounterClass }: Partial<Encounter> = encounter;
  return encounterClass?.code === "OBSENC" || list(encounter.type).some((type) => hasCode(type, "448951000124107"));
}

/** The kind of the stay. Pure: the same resources give the same kind. */
export function stayKindOf(chart: StayChart): StayKind {
  const disposition = chart.encounter.hospitalization?.dischargeDisposition;
  if (tells(disposition, death) || diedInStay(chart)) return "death";
  if (isNewborn(chart)) return "newborn";
  if (tells(disposition, againstAdvice)) return "against-advice";
  if (tells(disposition, transfer)) return "transfer";
  if (isDelivery(chart)) return "delivery";
  return isObservation(chart) ? "observation" : "ordinary";
}
