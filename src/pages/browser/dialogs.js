/** Questions that need an answer before something final happens. Native dialogs: focus, Escape and the rest come with them. */
import { el } from "./dom.js";

/**
 * Shows a dialog and resolves with what `collect` returns, or undefined when it was closed.
 * @template T
 * @param {{ title: string, body: Node[], confirm: string, tone?: "danger", collect: () => T | undefined }} options
 * @returns {Promise<T | undefined>}
 */
function ask({ title, body, confirm, tone, collect }) {
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

const attestation = "I have reviewed this discharge summary and take responsibility for its content.";

/**
 * The signature: an explicit act that names patient and signer.
 * @param {{ patient: string, encounter: string, signer: string, unverified: number }} about
 * @returns {Promise<string | undefined>} the attestation
 */
export function askSign({ patient, encounter, signer, unverified }) {
  const box = el("input", { type: "checkbox", id: "attest", required: true });
  const facts = el("dl", {});
  for (const [name, value] of [
    ["Patient", patient],
    ["Stay", encounter],
    ["Signed by", signer],
  ]) {
    if (value !== "") facts.append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  }
  const warning =
    unverified === 0
      ? []
      : [
          el(
            "p",
            { class: "notice" },
            unverified === 1
              ? "One sentence was written by a person or has no evidence."
              : `${unverified} sentences were written by a person or have no evidence.`,
          ),
        ];
  return ask({
    title: "Sign this discharge summary",
    body: [facts, ...warning, el("p", { class: "check" }, box, el("label", { for: "attest" }, attestation))],
    confirm: "Sign",
    collect: () => (box.checked ? attestation : undefined),
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
