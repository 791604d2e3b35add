/** The requests and answers of feedback. */
import { z } from "zod";
import { pdqi9Items, verdicts } from "../core/feedback/feedback.ts";
import { sectionIds } from "../core/summary/sections.ts";
import { prose } from "./schemas.ts";

const place = {
  section: z.enum(sectionIds).optional().meta({ description: "Absent: the summary as a whole." }),
  sentence: z.string().max(64).optional().meta({ description: "Absent: the section as a whole." }),
};
const score = z.int().min(1).max(5);
const scores = z
  .strictObject(
    Object.fromEntries(pdqi9Items.map((item) => [item, score])) as Record<(typeof pdqi9Items)[number], typeof score>,
  )
  .meta({ description: "PDQI-9: 1 (not at all) to 5 (extremely)." });

export const feedbackBody = z
  .strictObject({
    ...place,
    version: z.int().min(1).optional().meta({ description: "What was read; 409 where it is not the newest." }),
    verdict: z.enum(verdicts).nullable().meta({ description: "null takes back what was said." }),
    reason: prose.trim().min(1).max(500).optional(),
  })
  .meta({ id: "GiveFeedback" });

export const ratingBody = z.strictObject({ scores }).meta({ id: "RateSummary" });

export const feedbackAnswer = z
  .object({
    items: z.array(
      z.object({
        version: z.int(),
        actor: z.string(),
        section: z.string().optional(),
        sentence: z.string().optional(),
        verdict: z.enum(verdicts),
        at: z.iso.datetime(),
        reason: z.string().optional(),
        text: z.string().optional().meta({ description: "The sentence as it stood; with a reason only." }),
      }),
    ),
  })
  .meta({ id: "Feedback" });

const written = { engine: z.string(), model: z.string().optional(), promptVersion: z.string().optional() };
const count = z.int().min(0);

export const feedbackCountsAnswer = z
  .object({
    since: z.string(),
    sections: z.array(
      z.object({ section: z.string().optional(), ...written, helpful: count, wrong: count, missing: count }),
    ),
    pdqi9: z.array(z.object({ ...written, ratings: count, means: z.record(z.enum(pdqi9Items), z.number()) })),
  })
  .meta({ id: "FeedbackCounts" });
