/** The launch's first page: keeps the proof in its tab and goes on to the EHR; where nothing can be kept, in a window beside. */
import { byId, el, fill } from "./dom.js";
import { explain, finishLaunch } from "./finish-launch.js";
import { texts } from "./launch-texts.js";
import { keepProof } from "./tab-session.js";

const { tab = "", proof = "", to = "" } = document.body.dataset;
/** Where the EHR takes the authorization request by POST: kept here when the page's content is replaced. */
const form = document.querySelector("form");

/** Goes on to the EHR in this view. */
function goOn() {
  if (form === null) location.replace(to);
  else form.submit();
}

/**
 * Opens the EHR's sign-in beside this page.
 * @returns {Window | null} null where the browser does not let windows open
 */
function openBeside() {
  const features = "popup,width=720,height=640";
  // With its opener, on purpose: that is the way back.
  if (form === null) return window.open(to, "_blank", features);
  const name = `handover-sign-in-${tab}`;
  const beside = window.open("about:blank", name, features);
  form.target = name;
  form.hidden = true;
  document.body.append(form);
  if (beside !== null) form.submit();
  return beside;
}

/**
 * Neither cookies nor storage: this page stays, holds the proof in its memory, and lets the EHR's sign-in come back in a
 * window that it opened itself. Nobody else knows that window, and no other origin's message is heard.
 */
function offerWindow() {
  byId("label").textContent = texts.notOpenYet;
  byId("page").setAttribute("aria-busy", "false");
  const onclick = () => {
    const beside = openBeside();
    if (beside === null) return explain(texts.noPopup);
    waitFor(beside);
  };
  fill(
    byId("content"),
    el(
      "section",
      { "aria-labelledby": "beside-title" },
      el("h2", { id: "beside-title" }, texts.oneMore),
      el("p", {}, texts.blocked),
      el("p", { class: "buttons" }, el("button", { type: "button", class: "primary", onclick }, texts.open)),
      el("p", { class: "hint" }, texts.allow({ origin: location.origin })),
    ),
  );
}

/** @param {Window} beside */
function waitFor(beside) {
  fill(byId("content"), el("p", {}, texts.waiting));
  /** @param {MessageEvent} event */
  const onmessage = async (event) => {
    if (event.origin !== location.origin || event.source !== beside || typeof event.data?.query !== "string") return;
    removeEventListener("message", onmessage);
    beside.close();
    const opened = await finishLaunch(event.data.query, proof);
    if (opened === undefined) return;
    history.replaceState(null, "", opened.page);
    // The session lives in this document's memory: it becomes the draft page without another load.
    await import("./main.js");
  };
  addEventListener("message", onmessage);
}

// This script runs: what is said for where it does not would only mislead while an EHR takes its time.
for (const late of document.querySelectorAll("p.late")) late.remove();
if (keepProof(tab, proof)) goOn();
else offerWindow();
