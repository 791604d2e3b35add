import { AdapterError } from "../../core/errors.ts";
import type { z } from "zod";
import { cdsRequest } from "../cds-hooks.ts";
import type { CdsRequest } from "../cds-hooks.ts";

/** `context.patientId`, as the caller would write it. */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`))
    .join("");
}

/** Parses by a schema; the first problem becomes a 400 that names its place and never the value. */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = placeOf(issue?.path ?? []) || "body";
  throw new AdapterError(issue?.input === undefined ? "parameter_missing" : "parameter_invalid", { at });
}

/** CDS Hooks 2.0, "HTTP Request": hook, hookInstance (a UUID) and context are required. */
export function checkRequest(body: unknown): CdsRequest {
  return parseRequest(cdsRequest, body);
}
