/** The words by which a chart's texts can tell who the patient is: names, numbers, birth date, addresses. */
import type { Encounter, HumanName } from "fhir/r4.js";
import type { Chart } from "../../../core/chart/chart.ts";

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

function namesOf(names: readonly HumanName[] | undefined): readonly string[] {
  const parts = (names ?? []).flatMap(({ family, given, text }) => [text, family, ...(given ?? [])]);
  return parts
    .flatMap((part) => (part === undefined ? [] : [part, ...part.split(/[\s-]+/u)]))
    .filter((part) => part.length > 2);
}

/** Names of everybody whom the chart holds as a person: patient, relatives, staff; and of the house. */
function allNames(chart: Chart): readonly string[] {
  const others = chart.resources.flatMap((resource) => {
    if (resource.resourceType === "Practitioner" || resource.resourceType === "RelatedPerson")
      return namesOf(resource.name);
    return resource.resourceType === "Organization" && resource.name !== undefined ? [resource.name] : [];
  });
  const contacts = (chart.patient.contact ?? []).flatMap(({ name }) => namesOf(name === undefined ? [] : [name]));
  return [...namesOf(chart.patient.name), ...contacts, ...others];
}

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
  return [...numbers.map(({ value }) => value ?? ""), ...places, ...ids].filter((value) => value.length > 3);
}

/** Exactly the characters that have a meaning: escaping any other is a syntax error, whose message would quote the names. */
const escaped = (text: string): string => text.replaceAll(/[\^$\\.*+?()[\]{}|/]/gu, "\\$&");

function anyOf(values: readonly string[], flags: string): RegExp | undefined {
  if (values.length === 0) return undefined;
  // Longest first, so that a full name goes before its parts.
  const sorted = [...new Set(values)].toSorted((a, b) => b.length - a.length);
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${sorted.map(escaped).join("|")})(?![\\p{L}\\p{N}])`, flags);
}

/** What tells a person in any text: addresses of the net, telephone and social security numbers, record numbers by their label. */
const numbersOfPersons =
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?:\/\/\S+|\bwww\.\S+|(?<![\p{L}\p{N}.-])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.-])\d{3}[.-]\d{4}(?![\p{L}\p{N}-])|(?<![\p{L}\p{N}-])\d{3}-\d{2}-\d{4}(?![\p{L}\p{N}-])|\b(?:MRN|SSN|FIN|CSN|Account|Fallnummer|Patientennummer)\b[\s.:#]*(?:no|number|is)?[\s.:#]*(?=[A-Z-]*\d)[A-Z0-9-]{4,}/gu;
/** A name that no resource holds, told by its title. The title stays: it is no name. */
const titled =
  /(?<=\b(?:Dr|Drs|Mr|Mrs|Ms|Miss|Prof|Nurse|Herr|Frau|Hr|Fr)\.?\s+)\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+)?/gu;

export interface PersonWords {
  /** Go for good: nothing in a summary needs them. */
  readonly identifiers: readonly RegExp[];
  /** Are replaced by marks that are put back. */
  readonly names: readonly RegExp[];
}

/**
 * Patterns over a chart's texts. Names match with their capitals (or all in capitals), so that Mr Rose does not take the
 * verb with him.
 */
export function personWords(chart: Chart): PersonWords {
  const names = allNames(chart);
  const known = anyOf([...names, ...names.map((name) => name.toUpperCase())], "gu");
  const identifiers = anyOf(identifiersOf(chart), "giu");
  return {
    identifiers: [...(identifiers === undefined ? [] : [identifiers]), numbersOfPersons],
    names: [...(known === undefined ? [] : [known]), titled],
  };
}
