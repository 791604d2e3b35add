/** The shape of a review, as answers carry it. */
import { z } from "zod";
import { evidenceSchema } from "../../summary/section-schema.ts";
import { allSectionIds } from "../../summary/sections.ts";
import { omissionReasons } from "./omissions.ts";

const doubted = z.object({
  sentence: z.string().meta({ description: "Id of the sentence." }),
  text: z.string(),
  verdict: z.enum(["not-supported", "not-addressed"]).meta({
    description: "The chart speaks of the matter and says otherwise, or it is silent.",
  }),
  evidence: z.array(evidenceSchema).meta({ description: "Records that speak of the same matter." }),
});

const omission = z.object({
  id: z.string().meta({ description: "What `add` of an edit takes." }),
  why: z.enum(omissionReasons),
  label: z.string(),
  section: z.enum(allSectionIds),
  text: z.string().meta({ description: "The sentence that would tell it." }),
  verified: z.boolean(),
  evidence: z.array(evidenceSchema),
  security: z.array(z.string()).optional(),
});

export const reviewSchema = z
  .object({
    claims: z.object({
      supported: z.int(),
      notSupported: z.int(),
      notAddressed: z.int(),
      doubted: z.array(doubted),
    }),
    omissions: z.array(omission).meta({ description: "In the chart and not in the draft, the gravest first." }),
    warnings: z.array(z.string()).meta({ description: "Ids of sentences that warn of text addressed to a computer." }),
  })
  .meta({ id: "Review" });
