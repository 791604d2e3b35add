/** The folded part at the end of the page: who changed what. */
import { el } from "./dom.js";
import { texts } from "./texts.js";

/**
 * Its content is read when it is opened.
 * @param {{ timeZone: string, read: () => Promise<import("./history-view.js").History> }} options
 */
export function historyPart({ timeZone, read }) {
  const body = el("div", { role: "region", "aria-labelledby": "history-title" });
  const open = async () => {
    if (!part.open || body.childElementCount > 0) return;
    body.replaceChildren(el("p", {}, texts.history.reading));
    // Loaded only here: few open it, and everybody waits for what is loaded before.
    const view = await Promise.all([read(), import("./history-view.js")])
      .then(([history, { historyView }]) => historyView(history, timeZone))
      .catch(() => el("p", { class: "notice", role: "alert" }, texts.history.notRead));
    body.replaceChildren(view);
  };
  const part = el(
    "details",
    { id: "history", ontoggle: () => void open() },
    el("summary", { id: "history-title" }, texts.history.title),
    body,
  );
  return part;
}
