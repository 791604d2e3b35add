/** Takes out of fact texts who the patient is: notes name people where structured facts do not. */
import type { Encounter, HumanName } from "fhir/r4.js";
import type { Chart } from "../../core/chart/chart.ts";
import type { Fact } from "../../core/chart/facts.ts";

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

/** Names of everybody whom the chart holds as a person: patient, relatives, staff. */
function personNames(chart: Chart): readonly string[] {
  const others = chart.resources.flatMap((resource) =>
    resource.resourceType === "Practitioner" || resource.resourceType === "RelatedPerson" ? namesOf(resource.name) : [],
  );
  return [...namesOf(chart.patient.name), ...others];
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
  const numbers = [...(patient.identifier ?? []), ...(patient.telecom ?? [])].map(({ value }) => value ?? "");
  const places = (patient.address ?? []).flatMap(({ text, line, postalCode }) => [
    text ?? "",
    postalCode ?? "",
    ...(line ?? []),
  ]);
  return [...numbers, ...places, patient.id ?? "", ...birthDates(bornBefore(stay, patient.birthDate))].filter(
    (value) => value.length > 3,
  );
}

/** Exactly the characters that have a meaning: escaping any other is a syntax error, whose message would quote the names. */
const escaped = (text: string): string => text.replaceAll(/[\^$\\.*+?()[\]{}|/]/gu, "\\$&");

function anyOf(values: readonly string[], flags: string): RegExp | undefined {
  if (values.length === 0) return undefined;
  // Longest first, so that a full name goes before its parts.
  const sorted = [...new Set(values)].toSorted((a, b) => b.length - a.length);
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${sorted.map(escaped).join("|")})(?![\\p{L}\\p{N}])`, flags);
}

/**
 * A function that replaces names, record numbers, birth date, address and telephone in a text. Names match with their
 * capitals (or all in capitals), so that Mr Rose does not take the verb with him.
 */
export function createRedactor(chart: Chart): (text: string) => string {
  const names = personNames(chart);
  const namePattern = anyOf([...names, ...names.map((name) => name.toUpperCase())], "gu");
  const identifierPattern = anyOf(identifiersOf(chart), "giu");
  return (text) => {
    const withoutIds = identifierPattern === undefined ? text : text.replaceAll(identifierPattern, "⟨removed⟩");
    return namePattern === undefined ? withoutIds : withoutIds.replaceAll(namePattern, "⟨name⟩");
  };
}

/** The facts as the model may see them. */
export function minimise(facts: readonly Fact[], chart: Chart): readonly Fact[] {
  const redact = createRedactor(chart);
  return facts.map((fact) => ({ ...fact, text: redact(fact.text) }));
}
