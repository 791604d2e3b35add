/**
 * What a document takes over from the EHR's own resources. An EHR may hold what is no valid FHIR (a date as it is spoken, a blank
 * name, text where a list belongs); a document that carried it along would be refused as a whole. So each value goes along only
 * where it is one, and an element only where it still says something.
 */
import type { CodeableConcept, Coding, Encounter, HumanName, Identifier, Patient, Period } from "fhir/r4.js";
import { list } from "../chart/readable.ts";
import { hasTime, instantOf } from "../facts/dates.ts";
import { isPrimitiveValue } from "../validation/primitives.ts";
import { cleanText } from "./clean-text.ts";
import type { DocumentInput } from "./document-input.ts";

/** Text without what no format can carry; undefined where nothing is left. */
export function carriedText(value: unknown): string | undefined {
  const text = typeof value === "string" ? cleanText(value).trim() : "";
  return isPrimitiveValue("string", text) ? text : undefined;
}

function valued(type: "code" | "date" | "dateTime" | "uri", value: unknown): string | undefined {
  return typeof value === "string" && isPrimitiveValue(type, value) ? value : undefined;
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T | undefined {
  return known.find((one) => one === value);
}

/** The members that are there; undefined where none of those in `telling` is. */
function told<T extends object>(
  members: T,
  telling: readonly (keyof T)[],
): { [K in keyof T]?: NonNullable<T[K]> } | undefined {
  const present = Object.entries(members).filter(([, value]) => value !== undefined && !isEmptyList(value));
  if (!telling.some((name) => present.some(([member]) => member === name))) return undefined;
  // The same members without those that are absent.
  return Object.fromEntries(present) as { [K in keyof T]?: NonNullable<T[K]> };
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const defined = <T>(values: readonly (T | undefined)[]): T[] => values.flatMap((value) => value ?? []);
const texts = (values: readonly unknown[] | undefined): string[] => defined(list(values).map(carriedText));

function carriedCoding(coding: Coding | undefined): Coding | undefined {
  if (!isObject(coding)) return undefined;
  const { system, version, code, display } = coding;
  return told(
    {
      system: valued("uri", system),
      version: carriedText(version),
      code: valued("code", code),
      display: carriedText(display),
    },
    ["code", "display"],
  );
}

function carriedConcept(concept: CodeableConcept | undefined): CodeableConcept | undefined {
  if (!isObject(concept)) return undefined;
  const { coding, text } = concept;
  return told({ coding: defined(list(coding).map(carriedCoding)), text: carriedText(text) }, ["coding", "text"]);
}

const identifierUses = ["usual", "official", "temp", "secondary", "old"] as const;

function carriedIdentifier({ use, type, system, value }: Identifier): Identifier | undefined {
  return told(
    {
      use: oneOf(identifierUses, use),
      type: carriedConcept(type),
      system: valued("uri", system),
      value: carriedText(value),
    },
    ["value"],
  );
}

function carriedIdentifiers(identifiers: readonly Identifier[] | undefined): Identifier[] | undefined {
  const carried = defined(list(identifiers).map((one) => (isObject(one) ? carriedIdentifier(one) : undefined)));
  return carried.length === 0 ? undefined : carried;
}

const nameUses = ["usual", "official", "temp", "nickname", "anonymous", "old", "maiden"] as const;

function carriedName({ use, text, family, given, prefix, suffix }: HumanName): HumanName | undefined {
  return told(
    {
      use: oneOf(nameUses, use),
      text: carriedText(text),
      family: carriedText(family),
      given: texts(given),
      prefix: texts(prefix),
      suffix: texts(suffix),
    },
    ["text", "family", "given"],
  );
}

function carriedNames(names: readonly HumanName[] | undefined): HumanName[] | undefined {
  const carried = defined(list(names).map((one) => (isObject(one) ? carriedName(one) : undefined)));
  return carried.length === 0 ? undefined : carried;
}

const genders = ["male", "female", "other", "unknown"] as const;

const encounterStatuses = [
  "planned",
  "arrived",
  "triaged",
  "in-progress",
  "onleave",
  "finished",
  "cancelled",
  "entered-in-error",
  "unknown",
] as const;

/** Whether FHIRPath's `start <= end` (invariant per-1) can tell: not of one day once with and once without a time. */
function isOrdered(start: string, end: string): boolean {
  const [from, until] = [instantOf(start), instantOf(end)];
  if (from === undefined || until === undefined || from > until) return false;
  const shared = Math.min(start.length, end.length, "2026-03-18".length);
  const isSamePrecision = hasTime(start) === hasTime(end) && (hasTime(start) || start.length === end.length);
  return isSamePrecision || start.slice(0, shared) < end.slice(0, shared);
}

/** Of a stay whose end lies before its start the end goes along: that is what the document is about. */
function carriedPeriod(period: Period | undefined): Period | undefined {
  if (!isObject(period)) return undefined;
  const [start, end] = [valued("dateTime", period.start), valued("dateTime", period.end)];
  if (start !== undefined && end !== undefined && !isOrdered(start, end)) return { end };
  return told({ start, end }, ["start", "end"]);
}

/** What identifies the patient to a reader; address, telephone and relatives stay in the EHR. */
export function carriedPatient({ patientResource }: DocumentInput): Omit<Patient, "resourceType"> {
  const { identifier, name, gender, birthDate } = patientResource ?? {};
  const members = {
    identifier: carriedIdentifiers(identifier),
    name: carriedNames(name),
    gender: oneOf(genders, gender),
    birthDate: valued("date", birthDate),
  };
  return told(members, ["identifier", "name", "gender", "birthDate"]) ?? {};
}

/** The stay, without references that a document does not carry. */
export function carriedEncounter({ encounterResource }: DocumentInput): Omit<Partial<Encounter>, "resourceType"> {
  const { identifier, status, class: kind, period, hospitalization } = encounterResource ?? {};
  const dischargeDisposition = carriedConcept(hospitalization?.dischargeDisposition);
  const members = {
    identifier: carriedIdentifiers(identifier),
    status: oneOf(encounterStatuses, status),
    class: carriedCoding(kind),
    period: carriedPeriod(period),
    hospitalization: dischargeDisposition === undefined ? undefined : { dischargeDisposition },
  };
  return told(members, ["identifier", "status", "class", "period", "hospitalization"]) ?? {};
}
