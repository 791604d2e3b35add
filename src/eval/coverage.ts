/** Coverage of the reference discharge summaries: what they list must be in the output, by citation and by name. */
import type { Composition, CompositionSection, FhirResource } from "fhir/r4.js";
import type { Section, SectionId } from "../core/summary/summary.ts";
import type { Check } from "./checks.ts";
import { fromTally } from "./checks.ts";

export interface Tally {
  readonly found: number;
  readonly of: number;
  /** What was missed; for the reader of the evaluation only. */
  readonly missed: readonly string[];
}

/** Tally of `wanted` under a test. */
export function tally(wanted: readonly string[], isFound: (item: string) => boolean): Tally {
  const missed = wanted.filter((item) => !isFound(item));
  return { found: wanted.length - missed.length, of: wanted.length, missed };
}

function sectionsByCode(composition: Composition, code: string): readonly CompositionSection[] {
  return (composition.section ?? []).filter((section) => section.code?.coding?.some((coding) => coding.code === code));
}

function referencesIn(sections: readonly CompositionSection[], type: string): readonly string[] {
  const references = sections.flatMap((section) => (section.entry ?? []).flatMap((entry) => entry.reference ?? []));
  return [...new Set(references.filter((reference) => reference.startsWith(`${type}/`)))];
}

function textOf(sections: readonly CompositionSection[]): string {
  return sections
    .map((section) => section.text?.div ?? "")
    .join("; ")
    .replaceAll(/<[^>]*>/gu, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .trim();
}

const loose = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/gu, " ")
    .trim();

function textIn(sections: readonly Section[], id: SectionId): string {
  return loose(
    sections
      .filter((section) => section.id === id)
      .flatMap((section) => section.sentences.map((sentence) => sentence.text))
      .join(" "),
  );
}

function citedIn(sections: readonly Section[], id: SectionId): ReadonlySet<string> {
  return new Set(
    sections
      .filter((section) => section.id === id)
      .flatMap((section) =>
        section.sentences.flatMap((sentence) => sentence.evidence.map(({ reference }) => reference)),
      ),
  );
}

/** `Urinary tract infection, site not specified (N39.0)` without its code. */
function diagnosisNames(composition: Composition): readonly string[] {
  const text = textOf(sectionsByCode(composition, "11535-2"));
  return text
    .split(";")
    .map((name) => name.replace(/\([A-Z]\d[\w.]*\)\s*$/u, "").trim())
    .filter((name) => name !== "");
}

/** `Ciprofloxacin 500mg PO BID` as the reference prints it. */
function medicationLines(composition: Composition): readonly string[] {
  const text = textOf(sectionsByCode(composition, "10183-2"));
  return /^no discharge medications/iu.test(text)
    ? []
    : text
        .split(";")
        .map((line) => line.trim())
        .filter((line) => line !== "");
}

/** Name in front of the dose; a line without digits is a name followed by free directions. */
function medicationName(line: string): string {
  return line
    .replaceAll("_", " ")
    .replace(/\s+(?:\d|Titrate|Per |Resume).*$/u, "")
    .trim();
}

/** First dose of a line as the summary prints it: `500mg` -> `500 mg`. */
function medicationDose(line: string): string | undefined {
  const dose = /(?<=\s)\d[\d./-]*\s?(?:mg|mcg|g|iu|ml)(?:\/\w+)?/iu.exec(line)?.[0];
  return dose?.toLowerCase().replaceAll(/\s/gu, "").replace(/iu$/u, "units");
}

function hasDose(text: string, dose: string): boolean {
  return text.replaceAll(" ", "").includes(loose(dose).replaceAll(" ", ""));
}

function procedureName(resource: FhirResource | undefined): string | undefined {
  return resource?.resourceType === "Procedure"
    ? (resource.code?.text ?? resource.code?.coding?.[0]?.display)
    : undefined;
}

/** Compares the output with one reference summary. */
export function coverageChecks(
  composition: Composition,
  sections: readonly Section[],
  index: ReadonlyMap<string, FhirResource>,
): readonly Check[] {
  const all = composition.section ?? [];
  const [diagnoses, medications, procedures] = [
    textIn(sections, "diagnoses"),
    textIn(sections, "medications"),
    textIn(sections, "procedures"),
  ];
  const lines = medicationLines(composition);
  const done = referencesIn(all, "Procedure");
  const cited = (id: SectionId) => (reference: string) => citedIn(sections, id).has(reference);
  const entries = (code: string, type: string): readonly string[] =>
    referencesIn(sectionsByCode(composition, code), type);
  const tallies: readonly (readonly [string, Tally])[] = [
    ["diagnoses.references", tally(entries("11535-2", "Condition"), cited("diagnoses"))],
    ["diagnoses.names", tally(diagnosisNames(composition), (name) => diagnoses.includes(loose(name)))],
    ["medications.references", tally(entries("10183-2", "MedicationRequest"), cited("medications"))],
    ["medications.names", tally(lines.map(medicationName), (name) => medications.includes(loose(name)))],
    [
      "medications.doses",
      tally(
        lines.flatMap((line) => medicationDose(line) ?? []),
        (dose) => hasDose(medications, dose),
      ),
    ],
    ["procedures.references", tally(done, cited("procedures"))],
    [
      "procedures.names",
      tally(
        done.flatMap((reference) => procedureName(index.get(reference)) ?? []),
        (name) => procedures.includes(loose(name)),
      ),
    ],
  ];
  return tallies.map(([name, found]) => fromTally(`coverage.${name}`, found));
}
