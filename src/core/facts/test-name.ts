/** Names of tests as clinicians say them: LOINC's long names carry property, system and method that only machines need. */

/** Specimens that go without saying; any other (urine, cerebrospinal fluid) stays in the name. */
const unsaidSpecimen =
  / in (?:serum or plasma|serum, plasma or blood|serum, plasma|venous blood|platelet poor plasma|blood)\b/iu;
const method =
  / by (?:automated count|automated|immunoassay|coagulation assay|calculation|high sensitivity method|oximetry|estimated)\b/giu;

/** `Creatinine [Mass/volume] in Serum or Plasma` -> `Creatinine`; `Bacteria identified in Urine by Culture` stays. */
export function shortTestName(name: string): string {
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
