/** Questions that need an answer before something final happens. Native dialogs: focus, Escape and the rest come with them. */
import { el } from "./dom.js";
import { changeList } from "./sources-view.js";

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
        el("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
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
    ...(missing === 0
      ? []
      : [
          missing === 1
            ? "1 finding in the chart is not in this summary"
            : `${missing} findings in the chart are not in this summary`,
        ]),
    ...(otherwise === 0
      ? []
      : [otherwise === 1 ? "1 statement differs from the chart" : `${otherwise} statements differ from the chart`]),
  ];
  return said.length === 0
    ? []
    : [el("p", { class: "notice", id: "review-notice" }, `${said.join("; ")}. The second look names them.`)];
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
      el("p", { class: "buttons" }, el("button", { type: "submit", class: "primary" }, "Close")),
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

const attestation = "I have reviewed this discharge summary and take responsibility for its content.";

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
    ["Patient", patient],
    ["Stay", encounter],
    ["Signed by", signer],
  ]) {
    if (value !== "") facts.append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  }
  return facts;
}

/** @param {number} unverified */
function unverifiedNotice(unverified) {
  if (unverified === 0) return [];
  const said =
    unverified === 1
      ? "One sentence was written by a person or has no evidence."
      : `${unverified} sentences were written by a person or have no evidence.`;
  return [el("p", { class: "notice" }, said)];
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
  const seen = checkbox("seen", "I have seen what changed, and sign the text as it stands.");
  const notice = el(
    "div",
    { class: "notice", role: "group", "aria-labelledby": "changed-title" },
    el("h3", { id: "changed-title" }, "The chart has changed since this draft"),
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
  const attest = checkbox("attest", attestation);
  const { seen, body } = changesAsked(about);
  return ask({
    title: "Sign this discharge summary",
    body: [
      signedFacts(about),
      ...unverifiedNotice(about.unverified),
      ...reviewNotice(about.review),
      ...body,
      attest.view,
    ],
    confirm: "Sign",
    collect: () => (attest.box.checked && seen?.box.checked !== false ? attestation : undefined),
  });
}

const amendedAttestation = "I have reviewed the amended discharge summary and take responsibility for its content.";

/**
 * The signature under a changed text: the document in the EHR is replaced, and says why.
 * @param {Signer} about
 * @returns {Promise<{ reason: string, attestation: string } | undefined>}
 */
export function askAmend(about) {
  const reason = el("textarea", { id: "amend-reason", rows: "3", maxlength: "1000", required: true });
  const attest = checkbox("attest", amendedAttestation);
  const { seen, body } = changesAsked(about);
  return ask({
    title: "Sign this amendment",
    body: [
      signedFacts(about),
      el("p", {}, "A new version replaces the signed one. Both are kept, with what was changed."),
      el("p", {}, el("label", { for: "amend-reason" }, "Why is it amended?"), reason),
      ...body,
      attest.view,
    ],
    confirm: "Sign the amendment",
    collect: () =>
      reason.value.trim() !== "" && attest.box.checked && seen?.box.checked !== false
        ? { reason: reason.value.trim(), attestation: amendedAttestation }
        : undefined,
  });
}

const retractReasons = ["Wrong patient", "Wrong encounter", "Wrong content", "Signed by mistake", "Other"];

/**
 * @param {{ patient: string, filed: boolean }} about
 * @returns {Promise<string | undefined>} the reason
 */
export function askRetract({ patient, filed }) {
  const choice = el("select", { id: "reason" }, ...retractReasons.map((reason) => el("option", {}, reason)));
  const more = el("textarea", { id: "reason-more", rows: "3", maxlength: "1000" });
  const document = filed ? " The document in the EHR is marked so too." : "";
  return ask({
    title: "Mark as entered in error",
    body: [
      el(
        "p",
        {},
        `The signed summary of ${patient} no longer stands, and everybody who received it is told.${document}`,
      ),
      el("p", {}, "This cannot be undone. To change its text, amend it instead."),
      el("p", {}, el("label", { for: "reason" }, "Why?"), choice),
      el("p", {}, el("label", { for: "reason-more" }, "In your words (optional)"), more),
    ],
    confirm: "Mark as entered in error",
    tone: "danger",
    collect: () => (more.value.trim() === "" ? choice.value : `${choice.value}: ${more.value.trim()}`),
  });
}

const reasons = [
  "Wrong patient or encounter",
  "Too many errors",
  "Important content is missing",
  "Not needed",
  "Other",
];

/** @returns {Promise<string | undefined>} the reason */
export function askDiscard() {
  const choice = el("select", { id: "reason" }, ...reasons.map((reason) => el("option", {}, reason)));
  const more = el("textarea", { id: "reason-more", rows: "3", maxlength: "1000" });
  return ask({
    title: "Discard this draft",
    body: [
      el("p", {}, "The draft is thrown away. The EHR keeps nothing of it; a new one can be started."),
      el("p", {}, el("label", { for: "reason" }, "Why?"), choice),
      el("p", {}, el("label", { for: "reason-more" }, "In your words (optional)"), more),
    ],
    confirm: "Discard",
    tone: "danger",
    collect: () => (more.value.trim() === "" ? choice.value : `${choice.value}: ${more.value.trim()}`),
  });
}

/**
 * A new draft never replaces a person's words unasked.
 * @returns {Promise<boolean>}
 */
export async function askWriteAnew() {
  const yes = await ask({
    title: "Write a new draft",
    body: [
      el(
        "p",
        {},
        "Somebody has edited this draft. It is discarded, edits and all, and a new one is written from the chart as it is now.",
      ),
    ],
    confirm: "Discard and write anew",
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
    title: "Are you still there?",
    body: [
      el(
        "p",
        {},
        "This session ends in two minutes because nothing was done here. The draft is kept; changes you have not saved would be lost.",
      ),
    ],
    confirm: "Stay signed in",
    collect: () => true,
  });
  return stay === true;
}

/** What can go wrong, in the words of a ward. */
const harms = {
  "wrong-content": "The text says something wrong",
  "missing-content": "Something important is missing",
  "wrong-patient": "It is about another patient or stay",
  delay: "It came too late or not at all",
  privacy: "Somebody saw what they should not have",
  other: "Something else",
};

/**
 * From any state of the page: whoever sees harm coming need not look for a form.
 * @returns {Promise<{ category: string, text: string } | undefined>}
 */
export function askSafetyReport() {
  const choice = el(
    "select",
    { id: "harm" },
    ...Object.entries(harms).map(([value, text]) => el("option", { value }, text)),
  );
  const words = el("textarea", { id: "harm-words", rows: "5", maxlength: "2000", required: true });
  return ask({
    title: "Report a safety problem",
    body: [
      el(
        "p",
        {},
        "Also report harm to a patient the way your hospital asks for. This report goes to who runs this page.",
      ),
      el("p", {}, el("label", { for: "harm" }, "What went wrong, or nearly?"), choice),
      el("p", {}, el("label", { for: "harm-words" }, "What happened?"), words),
    ],
    confirm: "Report",
    collect: () => (words.value.trim() === "" ? undefined : { category: choice.value, text: words.value.trim() }),
  });
}
