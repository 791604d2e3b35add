/**
 * What is known to be true of a chart, as `<chart>.truth.json` beside it holds it. The synthetic charts bring it along; a
 * hospital may write one for a chart of its own.
 */
import { z } from "zod";

const words = z.array(z.union([z.string(), z.array(z.string()).min(1)]));
const references = z.array(z.string()).min(1);

const fact = z.object({
  id: z.string(),
  /** Sections by id, in any of which the fact may stand. */
  sections: z.array(z.string()).min(1),
  kind: z.string(),
  /** `Type/id`, any of which the sentence must cite. */
  resources: references,
  /** All must stand in one sentence; of a list, one of them. */
  words,
  /** `YYYY-MM-DD` in the stay's zone. */
  days: z.array(z.iso.date()).optional(),
  assertion: z.enum(["present", "absent", "possible", "historical", "family"]),
  /** Whether leaving it out is an omission. */
  key: z.boolean(),
});

const medicine = z.object({
  id: z.string(),
  drug: z.string(),
  class: z.enum(["new", "changed", "continued", "stopped", "held", "unclear", "hospital-only"]),
  resources: references,
  words,
});

const awaited = z.object({ id: z.string(), resources: references, words });

const truthSchema = z.object({
  stay: z.string(),
  encounter: z.string(),
  timeZone: z.string(),
  /** Why the chart must be refused as a whole. */
  refused: z.string().optional(),
  challenges: z.array(z.string()).default([]),
  facts: z.array(fact).default([]),
  medicines: z.array(medicine).default([]),
  pending: z.array(awaited).default([]),
  /** Orders that must not be listed as pending. */
  answered: z.array(z.string()).default([]),
  /** Sections for which the chart holds nothing. */
  empty: z.array(z.string()).default([]),
  /** Must stand nowhere. */
  forbidden: z.array(z.object({ text: z.string(), why: z.string() })).default([]),
  /** Only denied in the chart. */
  denied: z.array(z.string()).default([]),
  /** Of another stay. */
  elsewhere: z.array(z.string()).default([]),
  /** Who the patient is; must reach no provider. */
  identifiers: z.array(z.string()).default([]),
  /** True sentences in other words than the product's. */
  statements: z.array(z.object({ text: z.string(), resources: references })).default([]),
});

export type Truth = z.infer<typeof truthSchema>;
export type PlantedFact = Truth["facts"][number];
export type PlantedMedicine = Truth["medicines"][number];
export type TrueStatement = Truth["statements"][number];

/** The truth in `value`. Throws Error that names the first element which is not as it should be. */
export function parseTruth(value: unknown): Truth {
  const parsed = truthSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`is no truth file: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
}
