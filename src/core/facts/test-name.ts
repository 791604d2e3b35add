/** Names of tests as clinicians say them: LOINC's long names carry property, system and method that only machines need. */
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";

/** Specimens that go without saying; any other (urine, cerebrospinal fluid) stays in the name. */
const unsaidSpecimen =
  / in (?:serum or plasma|serum, plasma or blood|serum, plasma|venous blood|platelet poor plasma|blood)\b/iu;
const method =
  / by (?:automated count|automated|immunoassay|coagulation assay|calculation|high sensitivity method|oximetry|estimated)\b/giu;

/** What opens the name of a test of one antibiotic. */
export function susceptibilityTo(words: Wording): string {
  return words.text("name.susceptibility", { drug: "" });
}

/** `Creatinine [Mass/volume] in Serum or Plasma` -> `Creatinine`; `Bacteria identified in Urine by Culture` stays. */
export function shortTestName(name: string, words: Wording = english): string {
  const drug = /^(.+?) ?\[Susceptibility\]/iu.exec(name)?.[1];
  if (drug !== undefined) return `${susceptibilityTo(words)}${drug}`;
  // In a culture the specimen is half of the finding.
  if (/\b(?:identified|culture|presence|gram stain)\b/iu.test(name)) return name;
  const short = name
    .replaceAll(/ ?\[[^\]]*\]/gu, "")
    .replace(unsaidSpecimen, "")
    .replaceAll(method, "")
    .replaceAll(/ {2,}/gu, " ")
    .trim();
  return short === "" ? name : short;
}
