/** What stands above the sections: what happened, what changed in the chart, and what can be done about it. */
import { button } from "./buttons-view.js";
import { el } from "./dom.js";
import { formatTime } from "./format.js";
import { signature } from "./signature-view.js";

/** @typedef {import("./banner.js").Context} Context */
/** @typedef {import("./page-view.js").PageModel} PageModel */
/** @typedef {import("./page-view.js").PageActions} PageActions */

/**
 * What a launch without its full rights cannot do.
 * @param {Context} context
 */
export function limits({ limits: sentences }) {
  const said = sentences.map((text) => el("p", {}, text));
  return el("div", { class: "notice", id: "limits", role: "note" }, ...said);
}

/**
 * What stands above the sections: what happened, and what can be done about it.
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 * @returns {Element[]}
 */
export function messages(context, model, actions) {
  const { phase, job, summary } = model;
  const startable = context.user.mayEdit && context.encounterReference !== undefined;
  const start = (/** @type {string} */ text) =>
    startable
      ? [el("p", {}, button(text, actions.start, { class: "primary", id: "start", disabled: model.busy === true }))]
      : [];
  const said = (/** @type {string} */ text) => el("p", {}, text);
  const notice = model.notice === undefined ? [] : [el("p", { class: "notice", role: "alert" }, model.notice)];
  if (phase === "none") {
    const none =
      context.encounterReference === undefined
        ? "The EHR opened this page without a stay. Open it from the patient's stay."
        : "There is no discharge summary for this stay yet.";
    return [...notice, said(none), ...start("Start a draft")];
  }
  if (phase === "failed")
    return [
      ...notice,
      el("p", { class: "notice" }, `The draft could not be written. ${job.error?.title ?? ""}`),
      ...(job.error === undefined ? [] : [said(job.error.fix)]),
      ...start("Try again"),
    ];
  if (phase === "cancelled") return [...notice, said("The draft was stopped."), ...start("Start anew")];
  if (phase === "discarded")
    return [
      ...notice,
      said("This draft was discarded. It is shown for reference only and must not be used."),
      ...start("Start a new draft"),
    ];
  if (phase === "retracted")
    return [...notice, el("p", { class: "notice" }, "This summary was entered in error. Do not use it.")];
  if (phase === "waiting" && context.kind === "ticket")
    return [said("The chart can be read once somebody opens the summary inside the EHR.")];
  if (phase === "waiting" && model.notice !== undefined)
    return [...notice, el("p", {}, button("Read the chart again", actions.bringChart))];
  if (phase === "signed")
    return [...notice, ...recalled(context, summary), signature(context, summary, model.filed, actions)];
  if (phase === "ready") return [...notice, ...recalled(context, summary), ...chartChanged(context, model, actions)];
  return notice;
}

const recallCauses = {
  model: "It was written with the model",
  prompt: "It was written with the instruction",
  source: "It cites the record",
};

/**
 * What the summary rests on turned out to be wrong: the text stands as it is until somebody has looked.
 * @param {Context} context
 * @param {any} summary
 */
function recalled({ timeZone }, { recalls = [] }) {
  if (recalls.length === 0) return [];
  /** @param {{ cause: keyof typeof recallCauses, subject: string, at: string, reason: string }} recall */
  const line = ({ cause, subject, at, reason }) =>
    el("p", {}, `${recallCauses[cause]} ${subject}, recalled ${formatTime(at, timeZone)}: ${reason}`);
  return [
    el(
      "div",
      { class: "notice", id: "recalled", role: "alert" },
      el(
        "p",
        {},
        el("strong", {}, "This summary was recalled. "),
        "Check it against the chart, and change what is wrong.",
      ),
      ...recalls.map(line),
    ),
  ];
}

/**
 * The draft stays as it is: whoever reads it decides whether what is new in the chart matters.
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 * @returns {Element[]}
 */
function chartChanged(context, { job, news = "", busy = false, editor }, actions) {
  if (job.contextUpdatedAt === undefined) return [];
  const what = news === "" ? "" : `: ${news}`;
  const mayStart = context.user.mayEdit && context.encounterReference !== undefined;
  return [
    el(
      "div",
      { class: "notice", id: "chart-changed", role: "status" },
      el("p", {}, `The chart has changed since this draft was written${what}. The draft does not say so.`),
      ...(mayStart
        ? [
            el(
              "p",
              {},
              button("Write a new draft", actions.writeAnew, {
                id: "write-anew",
                disabled: busy || editor !== undefined,
              }),
            ),
          ]
        : []),
    ),
  ];
}
