/** Questions that need an answer before something final happens. Native dialogs: focus, Escape and the rest come with them. */
import { el } from "./dom.js";
import { changeList } from "./sources-view.js";
import { texts } from "./texts.js";

/**
 * Shows a dialog and resolves with what `collect` returns, or undefined when it was closed.
 * @template T
 * @param {{ title: string, body: Node[], confirm: string, tone?: "danger", collect: () => T | undefined }} options
 * @returns {Promise<T | undefined>}
 */
export function ask({ title, body, confirm, tone, collect }) {
  return new Promise((resolve) => {
    const opener = document.activeElement;
    /** @type {T | undefined} */
    let answer;
    const form = el(
      "form",
      {
        method: "dialog",
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          answer = collect();
          if (answer === undefined) event.preventDefault();
        },
      },
      el("h2", { id: "dialog-title" }, title),
      ...body,
      el(
        "p",
        { class: "buttons" },
        el("button", { type: "submit", class: tone ?? "primary" }, confirm),
        el("button", { type: "button", onclick: () => dialog.close() }, texts.act.cancel),
      ),
    );
    const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** @typedef {import("../../core/verification/second-look/review.ts").Review} Review */

/**
 * What the second look still holds: it is said once more, and nobody is kept from signing.
 * @param {Review | undefined} review
 */
function reviewNotice(review) {
  const missing = review?.omissions.length ?? 0;
  const otherwise = review?.claims.notSupported ?? 0;
  const said = [
    ...(missing === 0 ? [] : [texts.signing.missing({ count: missing })]),
    ...(otherwise === 0 ? [] : [texts.signing.otherwise({ count: otherwise })]),
  ];
  return said.length === 0
    ? []
    : [el("p", { class: "notice", id: "review-notice" }, texts.signing.review({ said: said.join("; ") }))];
}

/**
 * Tells something long: nothing to answer, only to close.
 * @param {string} title
 * @param {Node[]} body
 */
export async function tell(title, body) {
  const opener = document.activeElement;
  const dialog = el(
    "dialog",
    { "aria-labelledby": "dialog-title" },
    el(
      "form",
      { method: "dialog" },
      el("h2", { id: "dialog-title", tabindex: "-1" }, title),
      ...body,
      el("p", { class: "buttons" }, el("button", { type: "submit", class: "primary" }, texts.act.close)),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  // Its first button stands at the end of a long text.
  dialog.querySelector("h2").focus();
}

/**
 * @typedef {object} Signer
 * @property {string} patient
 * @property {string} encounter
 * @property {string} signer
 * @property {number} unverified sentences without evidence
 * @property {import("./sources-view.js").SourceCheck} check what became of the draft's sources
 * @property {Review | undefined} review the second look, while it is a draft
 * @property {string | undefined} notChecked what of them could not be compared
 */

/** @param {Signer} about */
function signedFacts({ patient, encounter, signer }) {
  const facts = el("dl", {});
  for (const [name, value] of [
    [texts.signing.patient, patient],
    [texts.signing.stay, encounter],
    [texts.signing.signer, signer],
  ]) {
    if (value !== "") facts.append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  }
  return facts;
}

/** @param {number} unverified */
function unverifiedNotice(unverified) {
  if (unverified === 0) return [];
  return [el("p", { class: "notice" }, texts.signing.unverified({ count: unverified }))];
}

/** @param {string} id @param {string} text @returns {{ box: HTMLInputElement, view: Node }} */
function checkbox(id, text) {
  const box = el("input", { type: "checkbox", id, required: true });
  return { box, view: el("p", { class: "check" }, box, el("label", { for: id }, text)) };
}

/**
 * What changed since the draft, and the box that says it was seen. Nothing where nothing changed.
 * @param {Signer} about
 */
function changesAsked({ check, notChecked }) {
  const missing = notChecked === undefined ? [] : [el("p", { class: "notice" }, notChecked)];
  if (check.changes.length === 0) return { seen: undefined, body: missing };
  const seen = checkbox("seen", texts.signing.seen);
  const notice = el(
    "div",
    { class: "notice", role: "group", "aria-labelledby": "changed-title" },
    el("h3", { id: "changed-title" }, texts.signing.changed),
    changeList(check),
  );
  return { seen, body: [notice, ...missing, seen.view] };
}

/**
 * The signature: an explicit act that names patient and signer, and what changed in the chart since the draft.
 * @param {Signer} about
 * @returns {Promise<string | undefined>} the attestation
 */
export function askSign(about) {
  const { title, attestation } = texts.signing;
  const attest = checkbox("attest", attestation);
  const { seen, body } = changesAsked(about);
  return ask({
    title,
    body: [
      signedFacts(about),
      ...unverifiedNotice(about.unverified),
      ...reviewNotice(about.review),
      ...body,
      attest.view,
    ],
    confirm: texts.act.sign,
    collect: () => (attest.box.checked && seen?.box.checked !== false ? attestation : undefined),
  });
}

/**
 * The signature under a changed text: the document in the EHR is replaced, and says why.
 * @param {Signer} about
 * @returns {Promise<{ reason: string, attestation: string } | undefined>}
 */
export function askAmend(about) {
  const reason = el("textarea", { id: "amend-reason", rows: "3", maxlength: "1000", required: true });
  const { title, attestation, replaces, why } = texts.amending;
  const attest = checkbox("attest", attestation);
  const { seen, body } = changesAsked(about);
  return ask({
    title,
    body: [
      signedFacts(about),
      el("p", {}, replaces),
      el("p", {}, el("label", { for: "amend-reason" }, why), reason),
      ...body,
      attest.view,
    ],
    confirm: texts.act.signAmendment,
    collect: () =>
      reason.value.trim() !== "" && attest.box.checked && seen?.box.checked !== false
        ? { reason: reason.value.trim(), attestation }
        : undefined,
  });
}

/**
 * One of the usual reasons, and room for more; `said` puts them together.
 * @param {readonly string[]} usual
 */
function reasonFields(usual) {
  const choice = el("select", { id: "reason" }, ...usual.map((reason) => el("option", {}, reason)));
  const more = el("textarea", { id: "reason-more", rows: "3", maxlength: "1000" });
  return {
    fields: [
      el("p", {}, el("label", { for: "reason" }, texts.reason.why), choice),
      el("p", {}, el("label", { for: "reason-more" }, texts.reason.more), more),
    ],
    said: () => (more.value.trim() === "" ? choice.value : `${choice.value}: ${more.value.trim()}`),
  };
}

/**
 * @param {{ patient: string, filed: boolean }} about
 * @returns {Promise<string | undefined>} the reason
 */
export function askRetract({ patient, filed }) {
  const { title, falls, filed: filedToo, final, reasons } = texts.retracting;
  const { fields, said } = reasonFields(reasons);
  return ask({
    title,
    body: [el("p", {}, `${falls({ patient })}${filed ? ` ${filedToo}` : ""}`), el("p", {}, final), ...fields],
    confirm: title,
    tone: "danger",
    collect: said,
  });
}

/** @returns {Promise<string | undefined>} the reason */
export function askDiscard() {
  const { title, gone, reasons } = texts.discarding;
  const { fields, said } = reasonFields(reasons);
  return ask({
    title,
    body: [el("p", {}, gone), ...fields],
    confirm: texts.act.discard,
    tone: "danger",
    collect: said,
  });
}

/**
 * A new draft never replaces a person's words unasked.
 * @returns {Promise<boolean>}
 */
export async function askWriteAnew() {
  const yes = await ask({
    title: texts.anew.title,
    body: [el("p", {}, texts.anew.edited)],
    confirm: texts.anew.confirm,
    tone: "danger",
    collect: () => true,
  });
  return yes === true;
}

/**
 * Warns before an idle session ends (WCAG 2.2.1). Resolves true when the user stays.
 * @returns {Promise<boolean>}
 */
export async function askStay() {
  const stay = await ask({
    title: texts.idle.title,
    body: [el("p", {}, texts.idle.ends)],
    confirm: texts.idle.stay,
    collect: () => true,
  });
  return stay === true;
}

/**
 * From any state of the page: whoever sees harm coming need not look for a form.
 * @returns {Promise<{ category: string, text: string } | undefined>}
 */
export function askSafetyReport() {
  const { title, hint, what, confirm, harms, words: asked } = texts.safety;
  const choice = el(
    "select",
    { id: "harm" },
    ...Object.entries(harms).map(([value, text]) => el("option", { value }, text)),
  );
  const words = el("textarea", { id: "harm-words", rows: "5", maxlength: "2000", required: true });
  return ask({
    title,
    body: [
      el("p", {}, hint),
      el("p", {}, el("label", { for: "harm" }, what), choice),
      el("p", {}, el("label", { for: "harm-words" }, asked), words),
    ],
    confirm,
    collect: () => (words.value.trim() === "" ? undefined : { category: choice.value, text: words.value.trim() }),
  });
}
