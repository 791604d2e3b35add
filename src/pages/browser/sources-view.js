/** What became of the records behind the draft, named before anybody signs over it. */
import { el } from "./dom.js";
import { texts } from "./texts.js";

/**
 * @typedef {{ id: string, kind: string, reference: string, sentences: string[], text: string, abnormal: boolean }} SourceChange
 * @typedef {{ checkedAt: string, outcome: "checked" | "partly" | "unread", reason?: "no-access" | "no-answer" | "not-kept" | "not-here", unread: string[], changes: SourceChange[] }} SourceCheck
 */

const words = texts.sources;

/** @type {SourceCheck} */
export const noAnswer = { checkedAt: "", outcome: "unread", reason: "no-answer", unread: [], changes: [] };

/**
 * What could not be compared, as a sentence; undefined where everything was.
 * @param {SourceCheck} check
 */
export function notCompared({ outcome, reason, unread }) {
  if (outcome === "checked") return undefined;
  if (outcome === "unread") return `${words[reason ?? "no-answer"]} ${words.unread}`;
  return words.partly({ types: unread.map((type) => texts.record.type({ type, count: 1 })).join(", ") });
}

/**
 * The changes as a list; with `onShow`, each leads to the sentence that it touches.
 * @param {SourceCheck} check
 * @param {(sentence: string) => void} [onShow]
 */
export function changeList({ changes }, onShow) {
  return el(
    "ul",
    { class: "changes" },
    ...changes.map(({ text, abnormal, sentences }) => {
      const [first] = sentences;
      const show =
        onShow === undefined || first === undefined
          ? undefined
          : el(
              "button",
              {
                type: "button",
                class: "quiet",
                "aria-label": words.showOf({ text }),
                onclick: () => onShow(first),
              },
              words.show,
            );
      return el("li", { class: abnormal ? "abnormal" : undefined }, el("span", {}, text), show);
    }),
  );
}

/**
 * The notice on the page; undefined where nothing is to be said.
 * @param {SourceCheck | undefined} check
 * @param {(sentence: string) => void} onShow
 */
export function sourcesNotice(check, onShow) {
  if (check === undefined) return undefined;
  const missing = notCompared(check);
  if (check.changes.length === 0 && missing === undefined) return undefined;
  return el(
    "section",
    { class: "notice", id: "sources", "aria-labelledby": "sources-title" },
    el("h2", { id: "sources-title" }, check.changes.length === 0 ? words.notChecked : words.changed),
    ...(check.changes.length === 0 ? [] : [changeList(check, onShow)]),
    ...(missing === undefined ? [] : [el("p", {}, missing)]),
    ...(check.changes.length === 0 ? [] : [el("p", {}, words.stays)]),
  );
}
