/** What is left when no session stands behind the page: what happened, what to do, and text that was not saved. */
import { byId, el, fill } from "./dom.js";
import { texts } from "./texts.js";

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
  byId("label").textContent = texts.over.label;
  byId("label").className = "label off";
  byId("status").textContent = "";
  byId("page").setAttribute("aria-busy", "false");
  fill(
    byId("content"),
    el(
      "section",
      { role: "alert", "aria-labelledby": "over-title" },
      el("h2", { id: "over-title" }, texts.over.title),
      el("p", {}, why),
      el("p", {}, texts.over.open),
    ),
    ...(unsaved === undefined
      ? []
      : [
          el("label", { for: "unsaved" }, texts.over.unsaved),
          Object.assign(el("textarea", { id: "unsaved", rows: "8", readonly: true }), { value: unsaved }),
        ]),
  );
}
