/** The second look at a draft: what the chart holds and the draft does not, and what the draft says and the chart does not. */
import { el } from "./dom.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("../../core/summary/summary.ts").Section} Section
 * @typedef {import("../../core/summary/summary.ts").Sentence} Sentence
 * @typedef {import("../../core/verification/second-look/review.ts").Review} Review
 * @typedef {import("../../core/verification/second-look/review.ts").ReviewedOmission} Omission
 * @typedef {import("../../core/verification/second-look/review.ts").DoubtedClaim} Claim
 */

/**
 * @typedef {object} ReviewActions
 * @property {(sentence: Sentence, origin: HTMLElement) => void} onEvidence
 * @property {((id: string, title: string) => void) | undefined} onAdd absent where nothing may be added
 */

const words = texts.review;

/**
 * What a sentence of the review rests on, as the evidence panel takes it.
 * @param {string} id
 * @param {string} text
 * @param {Sentence["evidence"]} evidence
 * @param {boolean} verified
 * @returns {Sentence}
 */
const asSentence = (id, text, evidence, verified) => ({ id, text, origin: "template", verified, evidence });

/**
 * @param {string} id
 * @param {string} about what the button's records are about, for whoever hears it without seeing the line
 * @param {Sentence} sentence
 * @param {ReviewActions} actions
 */
function recordsButton(id, about, sentence, actions) {
  const view = el(
    "button",
    {
      type: "button",
      class: "quiet",
      id: `s-${id}`,
      "aria-label": words.showOf({ about }),
      onclick: () => actions.onEvidence(sentence, view),
    },
    words.show,
  );
  return view;
}

/**
 * @param {Omission} omission
 * @param {string} title of the section that it belongs to
 * @param {ReviewActions} actions
 */
function omissionView({ id, why, text, evidence, verified, label }, title, actions) {
  const key = `review-${id}`;
  const add =
    actions.onAdd === undefined
      ? undefined
      : el(
          "button",
          {
            type: "button",
            id: `add-${id}`,
            "aria-label": words.addOf({ title, what: label }),
            onclick: () => actions.onAdd?.(id, title),
          },
          words.add({ title }),
        );
  return el(
    "li",
    {},
    el("p", {}, el("strong", {}, `${words.reasons[why]}: `), text),
    el("p", { class: "buttons" }, add, recordsButton(key, label, asSentence(key, text, evidence, verified), actions)),
  );
}

/**
 * @param {Claim} claim
 * @param {number} index
 * @param {ReviewActions} actions
 */
function claimView({ text, verdict, evidence }, index, actions) {
  const key = `claim-${index + 1}`;
  const records =
    evidence.length === 0
      ? []
      : [el("p", { class: "buttons" }, recordsButton(key, text, asSentence(key, text, evidence, false), actions))];
  return el(
    "li",
    { class: verdict },
    el("p", {}, el("strong", {}, `${words[verdict]}: `), words.quoted({ text })),
    ...records,
  );
}

/**
 * @param {string} id
 * @param {string} title
 * @param {string} hint
 * @param {Element[]} items
 */
function group(id, title, hint, items) {
  if (items.length === 0) return [];
  return [
    el("h3", { id: `review-${id}` }, title),
    el("p", { class: "hint" }, hint),
    el("ul", { class: "review-list", "aria-labelledby": `review-${id}` }, ...items),
  ];
}

/**
 * What was planted for a machine is named above everything else.
 * @param {Review} review
 * @param {Section[]} sections
 * @param {ReviewActions} actions
 */
function warningView({ warnings }, sections, actions) {
  const named = sections.flatMap(({ sentences }) => sentences.filter(({ id }) => warnings.includes(id)));
  if (named.length === 0) return [];
  return [
    el(
      "div",
      { class: "notice", id: "planted", role: "note" },
      el("p", {}, words.planted({ count: named.length })),
      el(
        "ul",
        { class: "review-list" },
        ...named.map((sentence) => {
          const key = `warning-${sentence.id}`;
          const said = sentence.text.replace(/^[^:]*: /u, "");
          return el("li", {}, el("p", {}, said), recordsButton(key, said, { ...sentence, id: key }, actions));
        }),
      ),
    ),
  ];
}

/**
 * The panel; nothing where the draft has no review.
 * @param {Review | undefined} review
 * @param {Section[]} sections
 * @param {ReviewActions} actions
 * @returns {Element[]}
 */
export function reviewView(review, sections, actions) {
  if (review === undefined) return [];
  const { claims, omissions } = review;
  const title = (/** @type {string} */ id) => sections.find((section) => section.id === id)?.title ?? id;
  const missing = words.missing({ count: omissions.length });
  const doubted = claims.doubted.length === 0 ? "" : `; ${words.doubted({ count: claims.doubted.length })}`;
  return [
    ...warningView(review, sections, actions),
    el(
      "details",
      { id: "review", open: omissions.length + claims.doubted.length > 0 },
      el("summary", {}, el("h2", { id: "review-title", tabindex: "-1" }, words.title), ` ${missing}${doubted}`),
      el("p", { class: "hint" }, words.supported({ count: claims.supported })),
      ...group(
        "omissions",
        words.omissions,
        words.omissionsHint,
        omissions.map((omission) => omissionView(omission, title(omission.section), actions)),
      ),
      ...group(
        "claims",
        words.claims,
        words.claimsHint,
        claims.doubted.map((claim, index) => claimView(claim, index, actions)),
      ),
    ),
  ];
}
