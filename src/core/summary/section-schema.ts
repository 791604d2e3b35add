/** The shape of a section, as answers and events carry it. */
import { z } from "zod";
import { allSectionIds } from "./sections.ts";

export const evidenceSchema = z.object({
  reference: z.string(),
  version: z.string().optional(),
  path: z.string().optional(),
  value: z.string().optional(),
  span: z.object({ start: z.int(), end: z.int() }).optional(),
});
const sentence = z.object({
  id: z.string(),
  text: z.string(),
  origin: z.enum(["template", "model", "person"]),
  verified: z.boolean(),
  evidence: z.array(evidenceSchema),
  security: z
    .array(z.string())
    .optional()
    .meta({ description: "Codes of the HL7 security labels that its sources carry." }),
});
export const sectionSchema = z.object({
  id: z.enum(allSectionIds),
  code: z.string(),
  title: z.string(),
  status: z.enum(["documented", "not-documented"]),
  lookedFor: z.string().optional(),
  notRead: z.string().optional(),
  withheld: z.string().optional().meta({ description: "That entries were withheld by policy, and how many." }),
  sentences: z.array(sentence),
});
