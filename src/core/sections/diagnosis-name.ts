/** How a diagnosis is named in a sentence: as the clinician wrote it, with the coded name behind where that says more. */
import type { Fact } from "../chart/facts.ts";

/** `UTI (Urinary tract infection, site not specified)`. */
export function diagnosisName(fact: Fact): string {
  const display = fact.diagnosis?.display;
  if (display === undefined) return fact.label;
  // "Cholecystitis (Cholecystitis, unspecified)" says one thing twice.
  return display.toLowerCase().startsWith(`${fact.label.toLowerCase()},`) ? display : `${fact.label} (${display})`;
}

/** Name with stage or severity where the chart grades the disease: `CKD (Chronic kidney disease, unspecified), CKD G3a`. */
export function gradedName(fact: Fact): string {
  const stage = fact.diagnosis?.stage;
  return stage === undefined ? diagnosisName(fact) : `${diagnosisName(fact)}, ${stage}`;
}
