/** What stands above the sections: what happened, what changed in the chart, and what can be done about it. */
import { errorWords } from "./api.js";
import { button } from "./buttons-view.js";
import { el } from "./dom.js";
import { formatTime } from "./format.js";
import { signature } from "./signature-view.js";
import { texts } from "./texts.js";

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
    const none = context.encounterReference === undefined ? texts.notice.noStay : texts.notice.none;
    return [...notice, said(none), ...start(texts.act.start)];
  }
  if (phase === "failed") return [...notice, ...failed(job.error), ...start(texts.act.again)];
  if (phase === "cancelled") return [...notice, said(texts.notice.stopped), ...start(texts.act.anew)];
  if (phase === "discarded") return [...notice, said(texts.notice.discarded), ...start(texts.act.startNew)];
  if (phase === "retracted") return [...notice, el("p", { class: "notice" }, texts.notice.retracted)];
  if (phase === "waiting" && context.kind === "ticket") return [said(texts.notice.opensInEhr)];
  if (phase === "waiting" && model.notice !== undefined)
    return [...notice, el("p", {}, button(texts.act.readAgain, actions.bringChart))];
  if (phase === "signed")
    return [...notice, ...recalled(context, summary), signature(context, summary, model.filed, actions)];
  if (phase === "ready") return [...notice, ...recalled(context, summary), ...chartChanged(context, model, actions)];
  return notice;
}

/**
 * What went wrong, and what helps.
 * @param {{ code: string, title: string, fix: string } | undefined} error of the job
 */
function failed(error) {
  const [what, fix] = errorWords(error?.code) ?? [error?.title ?? "", error?.fix];
  return [
    el("p", { class: "notice" }, `${texts.notice.notWritten} ${what}`),
    ...(fix === undefined ? [] : [el("p", {}, fix)]),
  ];
}

/**
 * What the summary rests on turned out to be wrong: the text stands as it is until somebody has looked.
 * @param {Context} context
 * @param {any} summary
 */
function recalled({ timeZone }, { recalls = [] }) {
  if (recalls.length === 0) return [];
  const words = texts.recall;
  /** @param {{ cause: "model" | "prompt" | "source", subject: string, at: string, reason: string }} recall */
  const line = ({ cause, subject, at, reason }) =>
    el("p", {}, words.line({ cause: words[cause], subject, date: formatTime(at, timeZone), reason }));
  return [
    el(
      "div",
      { class: "notice", id: "recalled", role: "alert" },
      el("p", {}, el("strong", {}, `${words.title} `), words.check),
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
  const mayStart = context.user.mayEdit && context.encounterReference !== undefined;
  return [
    el(
      "div",
      { class: "notice", id: "chart-changed", role: "status" },
      el("p", {}, texts.notice.chartChanged({ news })),
      ...(mayStart
        ? [
            el(
              "p",
              {},
              button(texts.act.writeNew, actions.writeAnew, {
                id: "write-anew",
                disabled: busy || editor !== undefined,
              }),
            ),
          ]
        : []),
    ),
  ];
}
