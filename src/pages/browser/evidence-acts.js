/** Opening the panel that shows what a sentence rests on, and finding the way back from it. */
import { byId } from "./dom.js";
import { showEvidence } from "./evidence-view.js";
import { givenOf } from "./feedback.js";
import { keepInPlace, uncover } from "./in-place.js";
import { maySpeak } from "./page-view.js";
import { texts } from "./texts.js";

/**
 * @param {import("./checked-act.js").ActPage} page
 * @param {string} base path of the launch
 * @param {() => import("./page-view.js").PageActions} actions
 * @returns {Pick<import("./page-view.js").PageActions, "evidence" | "records" | "showSentence">}
 */
export function createEvidenceActs(page, base, actions) {
  const read = async (/** @type {string} */ reference) => {
    const query = `job=${page.model().job?.id}&reference=${encodeURIComponent(reference)}`;
    return (await page.api.get(`${base}/evidence?${query}`)).body;
  };
  return {
    evidence(section, sentence, origin) {
      const panel = byId("evidence");
      const place = { section: section.id, sentence: sentence.id };
      const said = givenOf(page.model().feedback, place)?.verdict;
      const shown = () => document.getElementById(`s-${sentence.id}`) ?? origin;
      const again = () => actions().evidence(section, sentence, origin);
      keepInPlace(shown, () => {
        page.update({ selected: sentence.id });
        panel.hidden = false;
      });
      showEvidence(panel, sentence, {
        timeZone: page.context().timeZone,
        feedback: said === undefined ? undefined : texts.feedback[said],
        onFeedback: maySpeak(page.context(), page.model())
          ? () => void actions().giveFeedback(place, sentence.text).then(again)
          : undefined,
        read,
        onClose: () => {
          keepInPlace(shown, () => {
            panel.hidden = true;
            page.update({ selected: undefined });
          });
          shown().focus({ preventScroll: true });
        },
      });
      byId("evidence-title").focus({ preventScroll: true });
      // On a narrow page the panel comes up over the text: the sentence it speaks of stays in view above it.
      if (getComputedStyle(panel).position === "fixed") uncover(shown(), panel);
    },
    records(sentence, origin) {
      const panel = byId("evidence");
      panel.hidden = false;
      showEvidence(panel, sentence, {
        timeZone: page.context().timeZone,
        read,
        onClose: () => {
          panel.hidden = true;
          (document.getElementById(origin.id) ?? origin).focus({ preventScroll: true });
        },
      });
      byId("evidence-title").focus({ preventScroll: true });
    },
    showSentence(id) {
      const sentence = document.getElementById(`s-${id}`);
      sentence?.scrollIntoView({ block: "center" });
      sentence?.focus({ preventScroll: true });
    },
  };
}
