/** Draws the page from its model. */
import { amended } from "./amendment.js";
import { button, buttons, signOutButton } from "./buttons-view.js";
import { byId, el } from "./dom.js";
import { forgetParts, part, place } from "./drawn-parts.js";
import { givenOf } from "./feedback.js";
import { historyPart } from "./history-part.js";
import { limits, messages } from "./messages-view.js";
import { showOver } from "./over-view.js";
import { labels } from "./page-state.js";
import { reviewView } from "./review-view.js";
import { editorView, sectionView, writingView } from "./section-view.js";
import { sourcesNotice } from "./sources-view.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("../../core/summary/summary.ts").Section} Section
 * @typedef {import("../../core/summary/summary.ts").Sentence} Sentence
 */
/** @typedef {import("./banner.js").Context} Context */

/**
 * @typedef {object} Editor
 * @property {string} section
 * @property {string} text
 * @property {string} etag version the edit began from
 * @property {boolean} busy
 * @property {string | undefined} [notice]
 * @property {string | undefined} [theirs]
 */

/**
 * @typedef {object} PageModel
 * @property {import("./page-state.js").Phase} phase
 * @property {string | undefined} over why the session has ended; undefined while it stands
 * @property {boolean} connected
 * @property {import("./live-draft.js").LiveDraft} draft
 * @property {any} [job]
 * @property {string | undefined} [jobEtag]
 * @property {any} [summary]
 * @property {string | undefined} [summaryEtag]
 * @property {Editor | undefined} [editor]
 * @property {string | undefined} [selected]
 * @property {string | undefined} [notice]
 * @property {string | undefined} [status]
 * @property {boolean} [busy]
 * @property {boolean} [reading]
 * @property {import("./signature-view.js").Filed | undefined} [filed] where the signed document stands in the EHR
 * @property {string | undefined} [news] what changed in the chart since the draft was written
 * @property {import("./sources-view.js").SourceCheck | undefined} [sources] what became of the draft's sources, once somebody was about to sign
 * @property {readonly import("./feedback.js").Given[] | undefined} [feedback] what this person said of the version shown
 * @property {import("./amendment.js").Amendment | undefined} [amendment] while a signed summary is being changed
 */

/**
 * @typedef {object} PageActions
 * @property {() => Promise<void>} start
 * @property {() => void} bringChart
 * @property {() => Promise<void>} cancel
 * @property {() => Promise<void>} fileAgain
 * @property {(section: Section, sentence: Sentence, origin: HTMLElement) => void} evidence
 * @property {(section: Section) => void} edit
 * @property {(text: string) => void} input
 * @property {() => void} cancelEdit
 * @property {() => void} saveEdit
 * @property {() => Promise<void>} reportSafety
 * @property {(id: string, title: string) => void} add puts in the sentence of an omission
 * @property {(sentence: Sentence, origin: HTMLElement) => void} records
 * @property {() => Promise<void>} sign
 * @property {() => Promise<void>} discard
 * @property {() => Promise<void>} writeAnew
 * @property {() => void} startAmend
 * @property {() => void} cancelAmend
 * @property {() => Promise<void>} signAmendment
 * @property {() => Promise<void>} retract
 * @property {(place: import("./feedback.js").Place, of: string) => Promise<void>} giveFeedback
 * @property {() => Promise<void>} rate
 * @property {() => Promise<void>} about
 * @property {(sentence: string) => void} showSentence
 * @property {() => Promise<import("./history-view.js").History>} readHistory
 * @property {() => void} signOut
 * @property {() => Promise<void>} openDocument
 */

/** @param {PageModel} model */
function statusText(model) {
  if (!model.connected) return texts.connection.retrying;
  if (model.status !== undefined) return model.status;
  if (model.amendment !== undefined) return texts.status.amending;
  if (model.phase === "waiting") return model.reading ? texts.status.reading : texts.status.waiting;
  if (model.phase === "streaming") return texts.status.writing;
  return model.phase === "ready" ? texts.status.complete : "";
}

/**
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 * @returns {Element[]}
 */
function sections(context, model, actions) {
  const { phase, summary, editor, selected, amendment } = model;
  const editable = (phase === "ready" && context.user.mayEdit) || amendment !== undefined;
  const finished = (/** @type {Section} */ section, /** @type {string} */ version) => {
    const mine =
      selected !== undefined && section.sentences.some((sentence) => sentence.id === selected) ? selected : "";
    const said = givenOf(model.feedback, { section: section.id })?.verdict;
    const speaks = maySpeak(context, model);
    return part(section.id, ["shown", version, mine, editable && editor === undefined, speaks, said].join(" "), () =>
      sectionView(section, {
        onFeedback: speaks ? ({ id, title }) => void actions.giveFeedback({ section: id }, title) : undefined,
        feedback: said === undefined ? undefined : texts.feedback[said],
        selected,
        onEvidence: actions.evidence,
        onEdit: editable && editor === undefined ? actions.edit : undefined,
      }),
    );
  };
  if (summary !== undefined && phase !== "none" && phase !== "streaming" && phase !== "waiting") {
    const shown = summary.sections.map((/** @type {Section} */ section) => amended(section, amendment));
    return shown.map((/** @type {Section} */ section) =>
      editor?.section === section.id
        ? part(section.id, ["edit", editor.notice, editor.theirs, editor.busy].join(" "), () =>
            editorView(section, editor, {
              onInput: actions.input,
              onSave: actions.saveEdit,
              onCancel: actions.cancelEdit,
              save: amendment === undefined ? texts.act.save : texts.act.keep,
            }),
          )
        : finished(section, `${model.summaryEtag} ${amendment?.texts.get(section.id) ?? ""}`),
    );
  }
  if (phase !== "streaming" && phase !== "waiting") return [];
  return context.sections.map((heading) => {
    const live = model.draft.get(heading.id);
    if (live?.content !== undefined) return finished(live.content, "live");
    const text = live?.text ?? "";
    return part(heading.id, ["writing", live?.attempt, text.length].join(" "), () => writingView(heading, text));
  });
}

/**
 * The second look stands above the sections: whoever signs has passed it.
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 * @returns {Element[]}
 */
function review(context, { phase, summary, summaryEtag, editor, busy = false }, actions) {
  if (phase !== "ready" || summary?.review === undefined) return [];
  const mayAdd = context.user.mayEdit && editor === undefined && !busy;
  return [
    part("review", ["review", summaryEtag, mayAdd].join(" "), () =>
      el(
        "div",
        { class: "review" },
        ...reviewView(summary.review, summary.sections, {
          onEvidence: actions.records,
          onAdd: mayAdd ? actions.add : undefined,
        }),
      ),
    ),
  ];
}

/**
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 */
export function showPage(context, model, actions) {
  if (model.over !== undefined) {
    forgetParts();
    return showOver(model.over, model.editor?.text);
  }
  const label = labels[model.phase];
  byId("label").textContent = label.text;
  byId("label").className = `label ${label.tone}`;
  document.body.dataset["phase"] = model.phase;
  const status = statusText(model);
  if (byId("status").textContent !== status) byId("status").textContent = status;
  const busy = model.phase === "streaming";
  byId("page").setAttribute("aria-busy", String(busy));
  const progress = byId("progress");
  progress.hidden = !busy && model.phase !== "waiting";
  progress.setAttribute("value", String(model.job?.progress.value ?? 0));
  const { amendment } = model;
  const amending = amendment === undefined ? "" : `amending ${amendment.texts.size}`;
  const signable = [model.phase, model.busy, model.editor === undefined, context.user.maySign, amending].join(" ");
  place(byId("actions"), [
    part("actions", signable, () =>
      el("div", { class: "buttons" }, ...signOutButton(context, model, actions), ...buttons(context, model, actions)),
    ),
  ]);
  const changed = [model.job?.contextUpdatedAt, model.news, model.editor === undefined].join(" ");
  const told = [
    model.phase,
    model.notice,
    model.busy,
    model.summaryEtag,
    model.filed?.state,
    model.job?.id,
    changed,
  ].join(" ");
  place(byId("content"), [
    ...(context.limits.length === 0 ? [] : [part("limits", context.limits.join(" "), () => limits(context))]),
    part("messages", told, () => el("div", { class: "messages" }, ...messages(context, model, actions))),
    ...sources(model, actions),
    ...review(context, model, actions),
    ...sections(context, model, actions),
    ...history(context, model, actions),
    ...foot(context, model, actions),
  ]);
}

/**
 * @param {PageModel} model
 * @param {PageActions} actions
 */
function sources({ sources: check }, actions) {
  const notice = sourcesNotice(check, actions.showSentence);
  return notice === undefined ? [] : [part("sources", check?.checkedAt ?? "", () => notice)];
}

/**
 * Whoever works with a finished text may say what it is worth.
 * @param {Context} context
 * @param {PageModel} model
 */
export function maySpeak(context, { phase, summary, amendment }) {
  const finished = phase === "ready" || phase === "signed";
  return summary !== undefined && finished && amendment === undefined && context.user.mayEdit;
}

/**
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 */
function foot(context, model, actions) {
  const speaks = maySpeak(context, model);
  const hasText = model.summary !== undefined;
  return [
    part("foot", `${speaks} ${hasText}`, () =>
      el(
        "p",
        { class: "buttons", id: "foot" },
        hasText ? button(texts.act.about, actions.about, { id: "about" }) : undefined,
        speaks ? button(texts.act.rate, actions.rate, { id: "rate" }) : undefined,
        button(texts.act.report, actions.reportSafety, { id: "report-safety" }),
      ),
    ),
  ];
}

/**
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 */
function history({ timeZone }, { phase, summary, summaryEtag, amendment }, { readHistory }) {
  if (summary === undefined || amendment !== undefined || phase === "streaming" || phase === "waiting") return [];
  return [part("history", `${summaryEtag} ${summary.docStatus}`, () => historyPart({ timeZone, read: readHistory }))];
}
