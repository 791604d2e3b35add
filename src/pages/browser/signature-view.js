/** Who signed, what they attested, and where the document is. */
import { button } from "./buttons-view.js";
import { el } from "./dom.js";
import { formatTime } from "./format.js";
import { hasSession } from "./tab-session.js";

/** @typedef {import("./banner.js").Context} Context */
/** @typedef {import("./page-view.js").PageActions} PageActions */

/**
 * @typedef {object} Filed
 * @property {number} version
 * @property {string} docStatus
 * @property {string} state
 * @property {string} [reference]
 * @property {{ means: string, status?: number }} [problem]
 */

/**
 * Where the document stands, for whoever signed it.
 * @param {Filed | undefined} filed
 */
function filedWords(filed) {
  const { state, reference, problem } = filed ?? { state: "due" };
  const why = problem === undefined ? "the EHR refused it" : problem.means;
  const status = problem?.status === undefined ? "" : ` (HTTP ${problem.status})`;
  if (state === "written") return reference;
  if (state === "rejected")
    return `Not filed: ${why}${status}. The signed summary is kept here, and the operator has been told. Once the cause is mended it can be tried again.`;
  if (state === "waiting-for-launch")
    return "Not filed yet: it is written in the signer's name, and their session with the EHR has ended. It goes in by itself when the signer opens this summary from the EHR again.";
  return state === "retrying" ? `Being filed: ${why}; it is tried again by itself.` : "being filed";
}

/**
 * @param {Context} context
 * @param {any} summary
 * @param {Filed | undefined} filed
 * @param {PageActions} actions
 */
export function signature(context, summary, filed, actions) {
  const rows = [
    ["Signed by", summary.signedByDisplay ?? summary.signedBy],
    ["Signed at", formatTime(summary.signedAt, context.timeZone)],
    ["Attested", summary.attestation],
    ["Version", `${summary.version}${summary.docStatus === "amended" ? ", amended" : ""}`],
    ["SHA-256", summary.sha256],
    ["In the EHR", context.filesDocuments ? filedWords(filed) : undefined],
  ];
  const list = el("dl", {});
  for (const [name, value] of rows) {
    const look = name === "SHA-256" ? { class: "hash" } : {};
    if (value) list.append(el("div", {}, el("dt", {}, name), el("dd", look, value)));
  }
  return el(
    "section",
    { class: "signature", "aria-labelledby": "signature-title" },
    el("h2", { id: "signature-title" }, "Signature"),
    list,
    ...(filed?.state === "rejected" && context.user.mayEdit
      ? [el("p", {}, button("Try to file it again", actions.fileAgain, { id: "file-again" }))]
      : []),
    el("p", {}, documentLink(context, summary.job, actions)),
  );
}

/**
 * A link where the session's cookie goes along by itself; where the tab keeps the session, a button that asks for an address.
 * @param {Context} context
 * @param {string} job
 * @param {PageActions} actions
 */
function documentLink({ launch }, job, actions) {
  const text = "Open the signed document as plain text";
  return hasSession(launch)
    ? button(text, actions.openDocument, { id: "open-document" })
    : el("a", { href: `/app/${launch}/document?job=${job}`, target: "_blank", rel: "noopener" }, text);
}
