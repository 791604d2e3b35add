/** The evaluations whose figures are published with this release; written by `npm run model-card`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { CardEvaluation } from "../core/model-card/model-card.ts";

const figure = z.strictObject({ name: z.string(), value: z.number(), threshold: z.number(), ok: z.boolean() });

export const evaluationsShape = z.array(
  z.strictObject({
    engine: z.enum(["template", "model"]),
    model: z.string().exactOptional(),
    charts: z.int().min(1),
    seed: z.int(),
    date: z.iso.date(),
    command: z.string(),
    figures: z.array(figure).min(1),
  }),
);

/** Where the figures stand, beside the program that serves them. */
export const evaluationsFile: string = join(import.meta.dirname, "evaluations.json");

/** Reads them; throws for a file that `npm run model-card` did not write. */
export function readEvaluations(file: string = evaluationsFile): readonly CardEvaluation[] {
  return evaluationsShape.parse(JSON.parse(readFileSync(file, "utf8")));
}
