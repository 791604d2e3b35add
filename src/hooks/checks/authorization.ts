import { AdapterError } from "../../core/errors.ts";
import type { CdsRequest, HookContext } from "../cds-hooks.ts";

/** cds-r-2: where the token is bound to a patient, it must be the patient of the context. */
export function checkAuthorization({ fhirAuthorization }: CdsRequest, { patientId }: HookContext): void {
  const patient = fhirAuthorization?.patient;
  if (patient === undefined || patient.replace(/^Patient\//u, "") === patientId) return;
  throw new AdapterError("parameter_invalid", {
    at: "fhirAuthorization.patient",
    message: "It is another patient than context.patientId.",
  });
}
