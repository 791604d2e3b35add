/** What became of the records behind the draft, named before anybody signs over it. */
import { el } from "./dom.js";
import { typeWords } from "./format.js";

/**
 * @typedef {{ id: string, kind: string, reference: string, sentences: string[], text: string, abnormal: boolean }} SourceChange
 * @typedef {{ checkedAt: string, outcome: "checked" | "partly" | "unread", reason?: string, unread: string[], changes: SourceChange[] }} SourceCheck
 */

/** @type {Readonly<Record<string, string>>} */
const reasons = {
  "no-access": "The EHR gives no access to the records behind this draft.",
  "no-answer": "The EHR did not answer in time.",
  "not-kept": "This draft is from before its sources were kept.",
  "not-here": "The records behind this draft are not in this EHR.",
};

/** @type {SourceCheck} */
export const noAnswer = { checkedAt: "", outcome: "unread", reason: "no-answer", unread: [], changes: [] };

/**
 * What could not be compared, as a sentence; undefined where everything was.
 * @param {SourceCheck} check
 */
export function notCompared({ outcome, reason, unread }) {
  if (outcome === "checked") return undefined;
  const so = "Whether they changed since the draft could not be checked: look at the chart before you sign.";
  if (outcome === "unread") return `${reasons[reason ?? ""] ?? reasons["no-answer"]} ${so}`;
  return `These could not be checked: ${unread.map(typeWords).join(", ")}. Look at them in the chart before you sign.`;
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
                "aria-label": `Show in the draft: ${text}`,
                onclick: () => onShow(first),
              },
              "Show in the draft",
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
    el("h2", { id: "sources-title" }, check.changes.length === 0 ? "Not checked" : "Changed since this draft"),
    ...(check.changes.length === 0 ? [] : [changeList(check, onShow)]),
    ...(missing === undefined ? [] : [el("p", {}, missing)]),
    ...(check.changes.length === 0
      ? []
      : [el("p", {}, "The text stays as it is: take up what matters by editing it, or have a new draft written.")]),
  );
}
