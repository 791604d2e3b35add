/** Who signed, what they attested, and where the document is. */
import { button } from "./buttons-view.js";
import { el } from "./dom.js";
import { formatTime } from "./format.js";
import { hasSession } from "./tab-session.js";
import { texts } from "./texts.js";

/** @typedef {import("./banner.js").Context} Context */
/** @typedef {import("./page-view.js").PageActions} PageActions */

const words = texts.signature;

/**
 * @typedef {object} Filed
 * @property {number} version
 * @property {string} docStatus
 * @property {string} state
 * @property {string} [reference]
 * @property {{ code: string, means: string, status?: number }} [problem]
 */

/**
 * Where the document stands, for whoever signed it.
 * @param {Filed | undefined} filed
 */
function filedWords(filed) {
  const { state, reference, problem } = filed ?? { state: "due" };
  const status = problem?.status === undefined ? "" : ` (HTTP ${problem.status})`;
  const why = problem === undefined ? words.refused : words.why(problem);
  if (state === "written") return reference;
  if (state === "rejected") return words.rejected({ why: why + status });
  if (state === "waiting-for-launch") return words.waiting;
  return state === "retrying" ? words.retrying({ why }) : words.filing;
}

/**
 * @param {Context} context
 * @param {any} summary
 * @param {Filed | undefined} filed
 * @param {PageActions} actions
 */
export function signature(context, summary, filed, actions) {
  const rows = [
    [words.by, summary.signedByDisplay ?? summary.signedBy],
    [words.at, formatTime(summary.signedAt, context.timeZone)],
    [words.attested, summary.attestation],
    [words.version, summary.docStatus === "amended" ? words.amended(summary) : String(summary.version)],
    ["SHA-256", summary.sha256],
    [words.inEhr, context.filesDocuments ? filedWords(filed) : undefined],
  ];
  const list = el("dl", {});
  for (const [name, value] of rows) {
    const look = name === "SHA-256" ? { class: "hash" } : {};
    if (value) list.append(el("div", {}, el("dt", {}, name), el("dd", look, value)));
  }
  return el(
    "section",
    { class: "signature", "aria-labelledby": "signature-title" },
    el("h2", { id: "signature-title" }, words.title),
    list,
    ...(filed?.state === "rejected" && context.user.mayEdit
      ? [el("p", {}, button(words.fileAgain, actions.fileAgain, { id: "file-again" }))]
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
  return hasSession(launch)
    ? button(words.open, actions.openDocument, { id: "open-document" })
    : el("a", { href: `/app/${launch}/document?job=${job}`, target: "_blank", rel: "noopener" }, words.open);
}
