/** Codes as words: the name a clinician reads, from whatever the chart gives. */
import type { CodeableConcept, Coding } from "fhir/r4.js";
import { codingsOf, textOf } from "../chart/readable.ts";

/** What source systems write when they have no name: worse than the code. */
const placeholder = /^\(?(?:display unavailable|unknown display|no display|n\/?a)\)?$/iu;
/** SNOMED CT's semantic tag says what kind of concept it is; readers know. */
const semanticTag =
  /\s*\((?:disorder|finding|procedure|situation|regime\/therapy|physical object|qualifier value|record artifact|substance|product|event|observable entity|body structure|person|occupation|medicinal product|organism|morphologic abnormality|environment)\)$/u;

/** A name fit for print: no semantic tag, no underscores, no placeholder. */
export function cleanName(value: unknown): string | undefined {
  const text = textOf(value)
    ?.replaceAll("_", " ")
    .replace(semanticTag, "")
    .replace(/^Provider-unspecified /u, "")
    // RxNorm's approval numbers in front of a product name.
    .replace(/^NDA\d{6} /u, "")
    .replaceAll(/ {2,}/gu, " ")
    .trim();
  return text === undefined || text === "" || placeholder.test(text) ? undefined : text;
}

const systemNames: readonly (readonly [RegExp, string])[] = [
  [/loinc/u, "LOINC"],
  [/snomed/u, "SNOMED CT"],
  [/rxnorm/u, "RxNorm"],
  [/icd-10-cm/u, "ICD-10-CM"],
  [/icd-10/u, "ICD-10"],
  [/cpt/u, "CPT"],
];

function codeAsName(coding: Coding): string | undefined {
  const code = textOf(coding.code);
  if (code === undefined) return undefined;
  const system = systemNames.find(([pattern]) => pattern.test(coding.system ?? ""))?.[1];
  return system === undefined ? `code ${code}` : `${system} ${code}`;
}

/** The display of the first coding that has one. */
export function displayOf(concept: CodeableConcept | undefined): string | undefined {
  for (const coding of codingsOf(concept)) {
    const display = cleanName(coding.display);
    if (display !== undefined) return display;
  }
  return undefined;
}

/** A name that somebody wrote: the concept's text, else a display. For elements where a bare code tells a reader nothing. */
export function printedName(concept: CodeableConcept | undefined): string | undefined {
  return cleanName(concept?.text) ?? displayOf(concept);
}

/** The concept's text, else a display, else its code with the code system's name. */
export function conceptName(concept: CodeableConcept | undefined): string | undefined {
  const codings = codingsOf(concept);
  return printedName(concept) ?? codings.map(codeAsName).find((name) => name !== undefined);
}

/** The first code of the concept, whatever its system; status elements are read by it. */
export function codeOf(concept: CodeableConcept | undefined): string | undefined {
  return (
    codingsOf(concept)
      .map((coding) => textOf(coding.code))
      .find((code) => code !== undefined) ?? textOf(concept?.text)
  );
}

/** A side that the words state. Undefined where they state none, or contradict each other. */
export function lateralityOf(...texts: readonly (string | undefined)[]): "left" | "right" | "bilateral" | undefined {
  const words = texts.join(" ").toLowerCase();
  if (/\b(?:bilateral|both sides)\b/u.test(words)) return "bilateral";
  const [left, right] = [/\bleft\b/u.test(words), /\bright\b/u.test(words)];
  return left === right ? undefined : left ? "left" : "right";
}
