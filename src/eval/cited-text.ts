/**
 * What cited resources contain, read by the evaluation's own means. It shares no code with core/verification: an evaluation
 * that trusted the product's verifier would repeat its mistakes.
 */
import type { Bundle, FhirResource } from "fhir/r4.js";

export interface CitedText {
  /** Lower-case words of every text, code and decoded note. */
  readonly words: ReadonlySet<string>;
  /** All texts in one, lower case, blanks collapsed. */
  readonly text: string;
  readonly numbers: readonly { readonly value: number; readonly unit?: string }[];
  /** FHIR dates and dateTimes as written. */
  readonly dates: readonly string[];
  /** Times a day of every coded timing. */
  readonly timings: readonly number[];
}

interface Collector {
  readonly texts: string[];
  readonly numbers: { value: number; unit?: string }[];
  readonly dates: string[];
  readonly timings: number[];
}

const isDate = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?)?)?$/u;
const hoursPer: Readonly<Record<string, number>> = { h: 1, d: 24, wk: 168, mo: 720, min: 1 / 60 };

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function decoded(data: string): string {
  return Buffer.from(data, "base64").toString("utf8");
}

function collectObject(into: Collector, node: Record<string, unknown>): void {
  const { value, unit, code, frequency, period, periodUnit, data, contentType } = node;
  if (typeof value === "number") {
    for (const name of [unit, code]) if (typeof name === "string") into.numbers.push({ value, unit: name });
    into.numbers.push({ value });
  }
  if (typeof periodUnit === "string") {
    const hours = (typeof period === "number" ? period : 1) * (hoursPer[periodUnit] ?? 24);
    into.timings.push(((typeof frequency === "number" ? frequency : 1) * 24) / hours);
  }
  if (typeof data === "string" && typeof contentType === "string" && contentType.startsWith("text/"))
    into.texts.push(decoded(data));
  for (const [key, child] of Object.entries(node))
    if (key !== "data" && key !== "meta" && key !== "identifier") collect(into, child);
}

function collect(into: Collector, value: unknown): void {
  if (typeof value === "string") {
    if (isDate.test(value)) into.dates.push(value);
    into.texts.push(value);
  } else if (typeof value === "number") into.numbers.push({ value });
  else if (Array.isArray(value)) for (const item of value) collect(into, item);
  else if (isObject(value)) collectObject(into, value);
}

const plain = (text: string): string =>
  text
    .replaceAll(/<\/?[a-z][^<>]*>/giu, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll("_", " ")
    .replaceAll(/\s+/gu, " ")
    .toLowerCase();

/** Letters with their digits and inner apostrophes: `a1c`, `murphy's`. */
export function wordsOf(text: string): readonly string[] {
  return plain(text).match(/[\p{L}\p{N}]+(?:'[\p{L}]+)?/gu) ?? [];
}

const genderWords: Readonly<Record<string, string>> = {
  female: "woman girl female she her",
  male: "man boy male he his",
};

/** Whole years from one day to another. */
function yearsBetween(from: string, to: string): number {
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5, 10) < from.slice(5, 10) ? years - 1 : years;
}

/** What a cited patient and stay say without writing it: gender in words, and the age on admission. */
function collectPerson(into: Collector, resources: readonly FhirResource[]): void {
  for (const patient of resources) {
    if (patient.resourceType !== "Patient") continue;
    into.texts.push(genderWords[patient.gender ?? ""] ?? "");
    for (const stay of resources) {
      const start = stay.resourceType === "Encounter" ? stay.period?.start : undefined;
      if (start === undefined || patient.birthDate === undefined) continue;
      into.numbers.push({ value: yearsBetween(patient.birthDate, start) });
      into.texts.push("year old");
    }
  }
}

function read(resources: readonly FhirResource[]): CitedText {
  const into: Collector = { texts: [], numbers: [], dates: [], timings: [] };
  for (const resource of resources) collect(into, resource);
  collectPerson(into, resources);
  // Each text on its own: markup never reaches from one into the next.
  const text = into.texts.map(plain).join(" \u00b6 ");
  return { words: new Set(wordsOf(text)), text, numbers: into.numbers, dates: into.dates, timings: into.timings };
}

/** Resources that others only name: their text belongs to whoever refers to them. */
const naming: ReadonlySet<string> = new Set([
  "Medication",
  "Practitioner",
  "Location",
  "Organization",
  "Device",
  "PractitionerRole",
  // The text of a note that the EHR serves as a file.
  "Binary",
]);

const versionOf = ({ meta }: FhirResource): number => Number(meta?.versionId ?? 0) || 0;

/** References as the chart writes them (`Type/id`, `urn:uuid:`) to the newest version of the resource they name. */
export function indexOf(bundle: Bundle<FhirResource>): ReadonlyMap<string, FhirResource> {
  const index = new Map<string, FhirResource>();
  for (const { fullUrl, resource } of bundle.entry ?? []) {
    if (resource === undefined) continue;
    for (const name of [fullUrl, `${resource.resourceType}/${resource.id}`]) {
      const known = name === undefined ? undefined : index.get(name);
      if (name !== undefined && (known === undefined || versionOf(resource) > versionOf(known)))
        index.set(name, resource);
    }
  }
  return index;
}

/** Files that the resource is read from; one without text among them adds nothing. */
function filesOf(resource: FhirResource, index: ReadonlyMap<string, FhirResource>): readonly FhirResource[] {
  return [...JSON.stringify(resource).matchAll(/"url":"([^"]*Binary\/[^"]+)"/gu)].flatMap(([, url = ""]) => {
    const file = index.get(url) ?? index.get(url.slice(url.lastIndexOf("Binary/")));
    return file?.resourceType === "Binary" ? [file] : [];
  });
}

function namedBy(resource: FhirResource, index: ReadonlyMap<string, FhirResource>): readonly FhirResource[] {
  const names = [...JSON.stringify(resource).matchAll(/"(?:reference|url)":"([^"]+)"/gu)].flatMap(
    (match) => index.get(match[1] ?? "") ?? [],
  );
  return names.filter((candidate) => naming.has(candidate.resourceType));
}

/** Everything that the references contain; undefined when one of them is not in the Bundle. */
export function citedText(
  references: readonly string[],
  index: ReadonlyMap<string, FhirResource>,
): CitedText | undefined {
  const resources = references.map((reference) => index.get(reference));
  const found = resources.filter((resource) => resource !== undefined);
  if (found.length < resources.length) return undefined;
  return read([...found, ...found.flatMap((resource) => [...namedBy(resource, index), ...filesOf(resource, index)])]);
}
