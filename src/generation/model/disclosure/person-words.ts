/** The words by which a chart's texts can tell who the patient is: names, numbers, birth date, addresses. */
import type { Encounter } from "fhir/r4.js";
import type { Chart } from "../../../core/chart/chart.ts";
import { nameSpellings } from "./person-names.ts";

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** A birth date in the forms in which notes write it. */
function birthDates(birthDate: string | undefined): readonly string[] {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(birthDate ?? "");
  if (match === null) return [];
  const [iso, year = "", month = "", day = ""] = match;
  const [m, d] = [Number(month), Number(day)];
  const name = months[m - 1] ?? "";
  const words = [name, name.slice(0, 3)].flatMap((word) => [
    `${d} ${word} ${year}`,
    `${word} ${d}, ${year}`,
    `${word} ${d} ${year}`,
  ]);
  return [
    iso,
    `${month}/${day}/${year}`,
    `${m}/${d}/${year}`,
    `${day}/${month}/${year}`,
    `${day}.${month}.${year}`,
    `${month}-${day}-${year}`,
    `${month}/${day}/${year.slice(2)}`,
    `${m}/${d}/${year.slice(2)}`,
    `${month}-${day}-${year.slice(2)}`,
    `${day}${name.slice(0, 3)}${year}`,
    `${year}${month}${day}`,
    ...words,
  ];
}

/** A newborn's birth date is the date of the stay itself: taking it out would leave facts without dates and hide nothing. */
function bornBefore(stay: Encounter, birthDate: string | undefined): string | undefined {
  return birthDate !== undefined && birthDate >= (stay.period?.start?.slice(0, 10) ?? "9999") ? undefined : birthDate;
}

function identifiersOf({ patient, encounter: stay }: Chart): readonly string[] {
  const numbers = [...(patient.identifier ?? []), ...(stay.identifier ?? []), ...(patient.telecom ?? [])];
  const places = (patient.address ?? []).flatMap(({ text, line, city, postalCode }) => [
    text ?? "",
    city ?? "",
    postalCode ?? "",
    ...(line ?? []),
  ]);
  const ids = [patient.id ?? "", ...birthDates(bornBefore(stay, patient.birthDate))];
  const values = numbers.map(({ value }) => value ?? "");
  // "MRN-123456" is told as 123456 too.
  const digits = values.flatMap((value) => /\d{5,}$/u.exec(value)?.[0] ?? []);
  return [...values, ...digits, ...places, ...ids].filter((value) => value.length > 3);
}

/** Exactly the characters that have a meaning: escaping any other is a syntax error, whose message would quote the names. */
const escaped = (text: string): string => text.replaceAll(/[\^$\\.*+?()[\]{}|/]/gu, "\\$&");

function anyOf(values: readonly string[], flags: string): RegExp | undefined {
  if (values.length === 0) return undefined;
  // Longest first, so that a full name goes before its parts.
  const sorted = [...new Set(values)].toSorted((a, b) => b.length - a.length);
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${sorted.map(escaped).join("|")})(?![\\p{L}\\p{N}])`, flags);
}

const unlettered = (source: string): string => String.raw`(?<![\p{L}\p{N}.-])(?:${source})(?![\p{L}\p{N}-])`;

/**
 * What tells a person in any text: addresses of the net and of houses, telephone, social security and insurance numbers,
 * record numbers by their label, birth dates by theirs. Nothing that is measured has nine digits in a row.
 */
const numbersOfPersons: readonly RegExp[] = [
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?:\/\/\S+|\bwww\.\S+/gu,
  new RegExp(unlettered(String.raw`(?:\+\d{1,3}[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}`), "gu"),
  new RegExp(unlettered(String.raw`\d{3}[\s-]\d{2}[\s-]\d{4}|\d{4}(?:[\s-]\d{4}){2,3}|\d{9,}`), "gu"),
  new RegExp(unlettered(String.raw`[1-9][A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d{2}`), "gu"),
  /\b(?:MRN|SSN|FIN|CSN|Account|Acct|Fallnummer|Patientennummer)\b[\s.:#]*(?:no|number|is)?[\s.:#]*(?=[A-Z-]*\d)[A-Z0-9-]{4,}/giu,
  /\b(?:DOB|D\.O\.B\.?|date\s+of\s+birth|birth\s?date|geb(?:oren)?\.?(?:\s+am)?|Geburtsdatum)[\s:]*(?:\p{L}{3,9}\.?\s+)?\d[\d\p{L}/.,-]*(?:\s+\p{L}{3,9}\.?)?(?:,?\s+(?:19|20)\d{2})?/giu,
  /(?<![\p{L}\p{N}.])\d{1,5}\s+(?:[NSEW]\.?\s+)?(?:\p{Lu}[\p{L}'’]*\s+){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Court|Ct|Place|Terrace|Way|Parkway|Pkwy)\b\.?/gu,
];
const named = String.raw`\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+)?`;
const twoNames = String.raw`\p{Lu}[\p{L}'’-]+\s+(?:\p{Lu}\.\s+)?\p{Lu}[\p{L}'’-]+`;
const relations =
  "husband wife spouse partner mother father son daughter brother sister niece nephew friend caregiver neighbour neighbor"
    .split(" ")
    .map((word) => `[${word.charAt(0).toUpperCase()}${word.charAt(0)}]${word.slice(1)}`)
    .join("|");
/** Names that no resource holds, told by a title, a degree, a relation or an act of signing. What tells them stays. */
const toldNames: readonly RegExp[] = [
  new RegExp(String.raw`(?<=\b(?:Dr|Drs|Mr|Mrs|Ms|Miss|Prof|Nurse|Herr|Frau|Hr|Fr)\.?\s+)${named}`, "gu"),
  new RegExp(
    String.raw`(?<![\p{L}])${twoNames}(?=,?\s+(?:M\.?D|D\.?O|R\.?N|N\.?P|PA-?C?|APRN|LPN|Ph\.?D|PharmD|LCSW|MSW|DPT|OTR)\b)`,
    "gu",
  ),
  new RegExp(String.raw`(?<=\b(?:${relations})(?:\s+is|\s+named|,|:)?\s+)${named}`, "gu"),
  new RegExp(
    String.raw`(?<=\b(?:signed|dictated|written|read|reviewed|seen|ordered|reported|performed)\s+by:?\s+)${twoNames}`,
    "gu",
  ),
  new RegExp(
    String.raw`(?<=\b(?:worker|therapist|pharmacist|attending|resident|PCP|interpreter|dietitian|chaplain|Author|Signed):?\s+)${twoNames}`,
    "gu",
  ),
];

export interface PersonWords {
  /** Go for good: nothing in a summary needs them. */
  readonly identifiers: readonly RegExp[];
  /** Are replaced by marks that are put back. */
  readonly names: readonly RegExp[];
}

/**
 * Patterns over a chart's texts. Names of others match with their capitals (or all in capitals), so that Mr Rose does not
 * take the verb with him; in small letters only the patient's two together.
 */
export function personWords(chart: Chart): PersonWords {
  const known = anyOf(nameSpellings(chart), "gu");
  const identifiers = anyOf(identifiersOf(chart), "giu");
  return {
    identifiers: [...(identifiers === undefined ? [] : [identifiers]), ...numbersOfPersons],
    names: [...(known === undefined ? [] : [known]), ...toldNames],
  };
}
