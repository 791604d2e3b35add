/** The chart of one stay as the rules see it: plain FHIR R4 resources that have passed the loader's exclusions. */
import type { Encounter, FhirResource, Patient } from "fhir/r4.js";

export interface Chart {
  readonly patient: Patient;
  /** The stay that the summary is about. */
  readonly encounter: Encounter;
  /** Everything else, in a stable order (type, then id). Discharge summaries of this stay are not among them. */
  readonly resources: readonly FhirResource[];
  /** What could not be read, in words for the operator and the page: `DiagnosticReport: the EHR answered 403`. */
  readonly gaps: readonly string[];
}
