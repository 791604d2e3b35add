/** FHIR R4's definitions of what the adapter sends, read once (npm run fhir-definitions makes the file). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { DefinitionData } from "../core/validation/definitions.ts";

const rule = z.object({
  path: z.string(),
  min: z.int(),
  max: z.string(),
  types: z.array(z.object({ code: z.string(), targets: z.array(z.string()).exactOptional() })).exactOptional(),
  contentReference: z.string().exactOptional(),
  binding: z.string().exactOptional(),
  constraints: z.array(z.object({ key: z.string(), human: z.string(), expression: z.string() })).exactOptional(),
});

const structure = z.object({
  name: z.string(),
  kind: z.enum(["resource", "complex-type", "primitive-type"]),
  abstract: z.boolean(),
  elements: z.array(rule),
});

const definitions = z.object({
  structures: z.array(structure),
  valueSets: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
});

/** @throws ZodError where the file is not what `npm run fhir-definitions` writes */
export function readR4(): DefinitionData {
  return definitions.parse(JSON.parse(readFileSync(join(import.meta.dirname, "r4-definitions.json"), "utf8")));
}
