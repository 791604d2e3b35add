/** Ends a launch from a page: brings proof and code together, keeps the session, and says in words what went wrong. */
import { byId, el, fill } from "./dom.js";
import { texts } from "./launch-texts.js";
import { keepSession } from "./tab-session.js";

/**
 * @typedef {object} Opened
 * @property {string} page address of the draft page
 * @property {boolean} kept whether the session will be found there after the load of that page
 */

/**
 * @param {string} query of the callback, with its question mark
 * @param {string} proof
 * @returns {Promise<Opened | undefined>} undefined when the launch failed; the page then says why
 */
export async function finishLaunch(query, proof) {
  const response = await fetch("/smart/callback", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query, proof }),
    cache: "no-store",
    redirect: "error",
  }).catch(() => undefined);
  const answer = await response?.json().catch(() => undefined);
  if (response?.ok === true) return { page: answer.page, kept: keepSession(answer.launch, answer.session) };
  explain(answer?.explanation ?? texts.unreachable, answer?.requestId);
  return undefined;
}

/**
 * @param {string} what
 * @param {string} [requestId]
 */
export function explain(what, requestId) {
  byId("label").textContent = texts.notOpened;
  byId("page").setAttribute("aria-busy", "false");
  fill(
    byId("content"),
    el(
      "div",
      { class: "notice", role: "alert" },
      el("h2", {}, texts.failed),
      el("p", {}, what),
      el("p", {}, texts.close),
      ...(requestId === undefined ? [] : [el("p", {}, texts.number, el("code", {}, requestId))]),
    ),
  );
}
