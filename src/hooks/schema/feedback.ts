/** What became of cards, as a CDS client reports it. */
import { z } from "zod";
import { extension } from "./elements.ts";
import { requiresWhen, withRules } from "./rules.ts";

/** Feedback in one post; it comes in batches, but not by the thousand. */
const MAX_ITEMS = 100;

const acceptedSuggestion = z.looseObject({
  id: z.string().min(1).max(256).meta({ description: "The suggestion's uuid, as the service sent it." }),
});
const item = z.looseObject({
  card: z.guid().meta({ description: "The card's uuid, as the service sent it." }),
  outcome: z.enum(["accepted", "overridden"]),
  outcomeTimestamp: z.iso.datetime({ offset: true }).meta({ description: "When the user acted; in UTC." }),
  acceptedSuggestions: z.array(acceptedSuggestion).optional(),
  overrideReason: z
    .looseObject({
      reason: z
        .looseObject({ code: z.string().min(1).max(256), system: z.string().max(2048).optional() })
        .meta({ description: "The reason chosen, where one was; else only the comment." })
        .optional(),
      userComment: z.string().max(10_000).meta({ description: "The user's own words." }).optional(),
    })
    .optional(),
  extension: extension.optional(),
});
export type FeedbackItem = z.infer<typeof item>;

const description = {
  id: "CdsFeedback",
  description: "What users did with cards; a repeat of the same tells nothing new.",
};
const list = "Several cards, or several acts on one card, may come together.";

/** As it is parsed here: `accepted` without suggestions is taken, for our cards have none to accept. */
export const feedbackRequest = z
  .looseObject({ feedback: z.array(item).min(1).max(MAX_ITEMS).meta({ description: list }) })
  .meta(description);

/** With what binds the client besides (cds-fb-2, row 158). The ballot of 3.0 changes nothing in it. */
export const publishedFeedback = z
  .looseObject({
    feedback: z
      .array(
        withRules(
          item.extend({ acceptedSuggestions: z.array(acceptedSuggestion).min(1).optional() }),
          { id: "Feedback", description: "One act on one card." },
          [requiresWhen("outcome", ["accepted"], "acceptedSuggestions")],
        ),
      )
      .min(1)
      .max(MAX_ITEMS)
      .meta({ description: list }),
  })
  .meta(description);
