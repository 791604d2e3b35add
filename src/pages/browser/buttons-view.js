/** What can be done in the page's present state. */
import { el } from "./dom.js";
import { whyNotSign } from "./page-state.js";
import { texts } from "./texts.js";

/** @typedef {import("./banner.js").Context} Context */
/** @typedef {import("./page-view.js").PageModel} PageModel */
/** @typedef {import("./page-view.js").PageActions} PageActions */

/**
 * @param {string} text
 * @param {() => unknown} onclick
 * @param {Record<string, string | boolean | undefined>} [more]
 */
export const button = (text, onclick, more = {}) => el("button", { type: "button", onclick, ...more }, text);

/**
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 * @returns {Element[]}
 */
export function buttons(context, model, actions) {
  const { phase, busy = false } = model;
  const mayAct = context.user.mayEdit;
  if ((phase === "streaming" || phase === "waiting") && mayAct)
    return [button(texts.act.stop, actions.cancel, { id: "stop", disabled: busy })];
  if (phase === "signed") return signedButtons(context, model, actions);
  if (phase !== "ready") return [];
  const why = whyNotSign(phase, {
    maySign: context.user.maySign,
    editing: model.editor !== undefined,
    ticket: context.kind === "ticket",
  });
  return [
    ...(mayAct ? [button(texts.act.discard, actions.discard, { id: "discard", disabled: busy })] : []),
    button(texts.act.sign, actions.sign, {
      id: "sign",
      class: "primary",
      disabled: busy || why !== undefined,
      "aria-describedby": "why-not",
    }),
    el("span", { id: "why-not", class: "hint" }, why ?? ""),
  ];
}

/**
 * A signed summary is changed by a new version or taken back, by who might have signed it.
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 * @returns {Element[]}
 */
function signedButtons(context, { amendment, editor, busy = false }, actions) {
  if (!context.user.maySign || context.kind !== "smart") return [];
  if (amendment === undefined)
    return [
      button(texts.act.retract, actions.retract, { id: "retract", disabled: busy }),
      button(texts.act.amend, actions.startAmend, { id: "amend", disabled: busy }),
    ];
  const why =
    editor !== undefined
      ? texts.whyNot.editingAmendment
      : amendment.texts.size === 0
        ? texts.whyNot.unchanged
        : undefined;
  return [
    button(texts.act.cancelAmendment, actions.cancelAmend, { id: "cancel-amend", disabled: busy }),
    button(texts.act.signAmendment, actions.signAmendment, {
      id: "sign-amendment",
      class: "primary",
      disabled: busy || why !== undefined,
      "aria-describedby": "why-not",
    }),
    el("span", { id: "why-not", class: "hint" }, why ?? ""),
  ];
}

/**
 * Wards share workstations: who leaves can end the session rather than wait until it is idle. Not named "Sign out", since
 * "Sign" stands beside it.
 * @param {Context} context
 * @param {PageModel} model
 * @param {PageActions} actions
 * @returns {Element[]}
 */
export function signOutButton(context, { editor, busy = false }, actions) {
  if (context.kind !== "smart") return [];
  return [button(texts.act.endSession, actions.signOut, { id: "sign-out", disabled: busy || editor !== undefined })];
}
