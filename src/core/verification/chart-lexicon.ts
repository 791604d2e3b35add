/** The drugs a chart names. */
import type { CodeableConcept, FhirResource } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import type { DrugLexicon } from "./drugs.ts";
import { createDrugLexicon } from "./drugs.ts";

const namesOf = (concept: CodeableConcept | undefined): readonly string[] =>
  concept === undefined
    ? []
    : [concept.text, ...(concept.coding ?? []).map(({ display }) => display)].filter((name) => name !== undefined);

function drugsOf(resource: FhirResource): readonly string[] {
  switch (resource.resourceType) {
    case "MedicationRequest":
    case "MedicationStatement":
    case "MedicationAdministration":
    case "MedicationDispense":
      return [...namesOf(resource.medicationCodeableConcept), resource.medicationReference?.display ?? ""];
    case "Medication":
      return [
        ...namesOf(resource.code),
        ...(resource.ingredient ?? []).flatMap(({ itemCodeableConcept }) => namesOf(itemCodeableConcept)),
      ];
    default:
      return [];
  }
}

/** The general lexicon, and every substance that the chart's medication resources name. */
export function lexiconOfChart(chart: Chart): DrugLexicon {
  return createDrugLexicon(chart.resources.flatMap(drugsOf));
}
