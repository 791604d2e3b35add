/** One section: its sentences, each leading to its evidence, and its editor. */
import { el } from "./dom.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("../../core/summary/summary.ts").Section} Section
 * @typedef {import("../../core/summary/summary.ts").Sentence} Sentence
 */

const words = texts.section;

/**
 * @typedef {object} SectionActions
 * @property {(section: Section, sentence: Sentence, origin: HTMLElement) => void} onEvidence
 * @property {((section: Section) => void) | undefined} onEdit absent where nothing may be edited
 * @property {((section: Section) => void) | undefined} onFeedback absent for who may not speak
 * @property {string | undefined} feedback what this person said of the section
 * @property {string | undefined} selected id of the sentence whose evidence is shown
 */

/**
 * A sentence. It is a button in all but looks, so that it wraps like text and is reached by keyboard.
 * @param {Section} section
 * @param {Sentence} sentence
 * @param {SectionActions} actions
 */
function sentenceView(section, sentence, actions) {
  const open = () => actions.onEvidence(section, sentence, view);
  const own = sentence.origin === "person";
  const mark = own ? words.own : sentence.verified ? undefined : words.unverified;
  const view = el(
    "span",
    {
      class: `sentence${own ? " own" : ""}${mark === words.unverified ? " unverified" : ""}`,
      role: "button",
      tabindex: "0",
      id: `s-${sentence.id}`,
      "aria-pressed": actions.selected === sentence.id ? "true" : "false",
      "aria-controls": "evidence",
      onclick: open,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        open();
      },
    },
    sentence.text,
    mark === undefined ? undefined : el("span", { class: "mark" }, ` (${mark})`),
    sentence.security === undefined ? undefined : el("span", { class: "mark" }, ` (${words.protected})`),
  );
  return el("p", {}, view);
}

/**
 * A finished section.
 * @param {Section} section
 * @param {SectionActions} actions
 */
export function sectionView(section, actions) {
  const body =
    section.status === "not-documented"
      ? [el("p", { class: "not-documented" }, el("strong", {}, `${words.notDocumented} `), section.lookedFor ?? "")]
      : [
          ...section.sentences.map((sentence) => sentenceView(section, sentence, actions)),
          ...(section.notRead === undefined ? [] : [el("p", { class: "not-read" }, section.notRead)]),
        ];
  if (section.withheld !== undefined) body.push(el("p", { class: "not-read" }, section.withheld));
  const edit =
    actions.onEdit === undefined
      ? undefined
      : el(
          "button",
          {
            type: "button",
            class: "quiet",
            "aria-label": words.edit({ title: section.title }),
            onclick: () => actions.onEdit?.(section),
          },
          texts.act.edit,
        );
  const said = actions.feedback === undefined ? texts.feedback.title : texts.feedback.said({ said: actions.feedback });
  const feedback =
    actions.onFeedback === undefined
      ? undefined
      : el(
          "button",
          {
            type: "button",
            class: "quiet",
            id: `feedback-on-${section.id}`,
            "aria-label": `${said} (${section.title})`,
            onclick: () => actions.onFeedback?.(section),
          },
          said,
        );
  return frame(section.id, section.title, el("span", { class: "corner" }, feedback, edit), body);
}

/**
 * A section that is still being written.
 * @param {{ id: string, title: string }} section
 * @param {string} text
 */
export function writingView({ id, title }, text) {
  const body = text === "" ? el("p", { class: "pending-text" }, words.notWritten) : el("p", { class: "preview" }, text);
  const mark = text === "" ? undefined : el("span", { class: "mark" }, words.writing);
  return frame(id, title, mark, [body]);
}

/**
 * A section with its text in a field. Native fields keep spell check, dictation and screen readers working.
 * @param {Section} section
 * @param {{ text: string, notice?: string | undefined, theirs?: string | undefined, busy: boolean }} state
 * @param {{ onInput: (text: string) => void, onSave: () => void, onCancel: () => void, save?: string }} actions
 */
export function editorView(section, state, actions) {
  const field = el("textarea", {
    id: `edit-${section.id}`,
    rows: String(Math.min(20, Math.max(4, state.text.split("\n").length + 2))),
    spellcheck: "true",
    "aria-describedby": `hint-${section.id}`,
    oninput: () => actions.onInput(field.value),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        actions.onSave();
      }
    },
  });
  field.value = state.text;
  const notice = state.notice === undefined ? undefined : el("p", { class: "notice", role: "alert" }, state.notice);
  const theirs =
    state.theirs === undefined
      ? undefined
      : el(
          "div",
          { class: "theirs" },
          el("h3", {}, words.now),
          el("p", {}, state.theirs === "" ? words.empty : state.theirs),
        );
  return frame(section.id, section.title, undefined, [
    notice,
    theirs,
    el("label", { for: `edit-${section.id}` }, words.text({ title: section.title })),
    el("p", { id: `hint-${section.id}`, class: "hint" }, words.hint),
    field,
    el(
      "p",
      { class: "buttons" },
      el(
        "button",
        { type: "button", class: "primary", disabled: state.busy, onclick: actions.onSave },
        state.busy ? texts.act.saving : (actions.save ?? texts.act.save),
      ),
      el("button", { type: "button", onclick: actions.onCancel }, texts.act.cancel),
    ),
  ]);
}

/**
 * @param {string} id
 * @param {string} title
 * @param {Node | undefined} corner
 * @param {(Node | undefined)[]} body
 */
function frame(id, title, corner, body) {
  return el(
    "section",
    { id: `section-${id}`, "aria-labelledby": `title-${id}` },
    el("div", { class: "section-head" }, el("h2", { id: `title-${id}`, tabindex: "-1" }, title), corner),
    ...body,
  );
}

/**
 * The text that an editor starts from: one sentence a line.
 * @param {Section} section
 */
export function editableText(section) {
  return section.sentences.map((sentence) => sentence.text).join("\n");
}
