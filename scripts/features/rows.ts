/** The rows of the feature table as data: docs/features.yaml. A yes is a claim, and a claim names the tests that show it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const rowSchema = z.strictObject({
  feature: z.string().min(3),
  /** YAML 1.2 reads a bare yes as text. */
  ours: z.enum(["yes", "narrower", "no"]),
  says: z.string().min(3).optional(),
  /** `path: title`, as scripts/conformance/claims.ts reads titles: `…` stands for what a loop fills in. */
  tests: z.array(z.string().regex(/^test\/\S+\.test\.ts: ./u)).optional(),
  peers: z.array(z.string()),
});
export type FeatureRow = z.infer<typeof rowSchema>;

const tableSchema = z.strictObject({
  peers: z.array(z.string()),
  groups: z.array(z.strictObject({ title: z.string(), rows: z.array(rowSchema) })),
});
export type FeatureTable = z.infer<typeof tableSchema>;

export const featuresPage = join(import.meta.dirname, "../../docs/features.md");

/** @throws ZodError where the file is not of this form */
export function readFeatures(): FeatureTable {
  return tableSchema.parse(parse(readFileSync(join(import.meta.dirname, "../../docs/features.yaml"), "utf8")));
}
