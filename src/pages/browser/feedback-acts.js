/** Sends what the clinician says of a text, and remembers it while the page stands. */
import { askFeedback, askRating, givenOf } from "./feedback.js";
import { texts } from "./texts.js";

/** @param {import("./checked-act.js").ActPage} page */
export function createFeedbackActs({ api, model, update, attempt, jobPath }) {
  return {
    /**
     * @param {import("./feedback.js").Place} place
     * @param {string} of what is spoken of, as the reader sees it
     */
    async giveFeedback(place, of) {
      const given = givenOf(model().feedback, place);
      const said = await askFeedback({ of, given, sentence: place.sentence !== undefined });
      if (said === undefined) return;
      await attempt(async () => {
        const { version } = model().summary;
        await api.send("POST", jobPath("/summary/feedback"), { ...place, ...said, version });
        const others = (model().feedback ?? []).filter((known) => known !== given);
        const { verdict, ...words } = said;
        const feedback = verdict === null ? others : [...others, { ...place, ...words, verdict }];
        update({ feedback, status: texts.status.feedbackKept });
      });
    },
    async rate() {
      const scores = await askRating();
      if (scores === undefined) return;
      await attempt(async () => {
        await api.send("POST", jobPath("/summary/rating"), { scores });
        update({ status: texts.status.ratingKept });
      });
    },
  };
}
