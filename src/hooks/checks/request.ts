import { parseOr400 } from "../../core/request-shape.ts";
import { cdsRequest } from "../cds-hooks.ts";
import type { CdsRequest } from "../cds-hooks.ts";

/** CDS Hooks 2.0, "HTTP Request": hook, hookInstance (a UUID) and context are required. */
export function checkRequest(body: unknown): CdsRequest {
  return parseOr400(cdsRequest, body, "body");
}
