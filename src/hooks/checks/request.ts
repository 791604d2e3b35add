import { parseOr400 } from "../../core/request-shape.ts";
import { cdsRequest } from "../cds-hooks.ts";
import type { CdsRequest } from "../cds-hooks.ts";
import { withoutNulls } from "./nulls.ts";

/** CDS Hooks 2.0, "HTTP Request": hook, hookInstance (a UUID) and context are required. */
export function checkRequest(body: unknown): CdsRequest {
  const given = withoutNulls(body);
  if (typeof given !== "object" || given === null || !Object.hasOwn(given, "fhirAuthorization"))
    return parseOr400(cdsRequest, given, "body");
  const fhirAuthorization = withoutNulls(Reflect.get(given, "fhirAuthorization"));
  return parseOr400(cdsRequest, { ...given, fhirAuthorization }, "body");
}
