/** What is left when no session stands behind the page: what happened, what to do, and text that was not saved. */
import { byId, el, fill } from "./dom.js";

/** Why the session is over, as far as the page can know. */
export const reasons = {
  signedOut: "You ended it. What the EHR had given this page for it has been deleted.",
  idle: "It ended by itself because nothing was done here for a while.",
  ended: "It was idle for too long, lasted a whole shift, or was ended in another window.",
  notKept: "This browser keeps no cookies and no site data for this page, so that loading it anew ends the session.",
};

/**
 * @param {string} why
 * @param {string | undefined} unsaved
 */
export function showOver(why, unsaved) {
  document.querySelector("dialog")?.remove();
  fill(byId("banner"));
  fill(byId("actions"));
  byId("evidence").hidden = true;
  byId("progress").hidden = true;
  byId("label").textContent = "Session over";
  byId("label").className = "label off";
  byId("status").textContent = "";
  byId("page").setAttribute("aria-busy", "false");
  fill(
    byId("content"),
    el(
      "section",
      { role: "alert", "aria-labelledby": "over-title" },
      el("h2", { id: "over-title" }, "This session is over."),
      el("p", {}, why),
      el(
        "p",
        {},
        "Close this view. Then open the patient's chart in the EHR and open the discharge summary from there again: by its card, or from the list of apps. The draft is kept, with every change that was saved.",
      ),
    ),
    ...(unsaved === undefined
      ? []
      : [
          el("label", { for: "unsaved" }, "Text you had not saved"),
          Object.assign(el("textarea", { id: "unsaved", rows: "8", readonly: true }), { value: unsaved }),
        ]),
  );
}
