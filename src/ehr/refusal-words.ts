/** Why the EHR gave something not, in words that hold nothing of the request. */
import { AdapterError } from "../core/errors.ts";
import { FilterIgnored, NotGranted, ehrStatusOf } from "./fhir-transport.ts";

/** `the EHR answered 404`; for what came to no answer, that. */
export function refusalWords(error: unknown): string {
  const cause = error instanceof AdapterError ? error.cause : undefined;
  if (cause instanceof NotGranted) return "the EHR did not grant it";
  if (cause instanceof FilterIgnored) return `the EHR does not search it by ${cause.names}`;
  const status = ehrStatusOf(error);
  return status === undefined ? "the EHR did not answer in time or whole" : `the EHR answered ${status}`;
}
