/** Who signed, what they attested, and where the document is. */
import { button } from "./buttons-view.js";
import { el } from "./dom.js";
import { formatTime } from "./format.js";
import { hasSession } from "./tab-session.js";

/** @typedef {import("./banner.js").Context} Context */
/** @typedef {import("./page-view.js").PageActions} PageActions */

/**
 * @param {Context} context
 * @param {any} summary
 * @param {string | undefined} filed
 * @param {PageActions} actions
 */
export function signature(context, summary, filed, actions) {
  const refused = "not filed: the EHR refused it; the operator has been told";
  const rows = [
    ["Signed by", summary.signedByDisplay ?? summary.signedBy],
    ["Signed at", formatTime(summary.signedAt, context.timeZone)],
    ["Attested", summary.attestation],
    ["Version", `${summary.version}${summary.docStatus === "amended" ? ", amended" : ""}`],
    ["SHA-256", summary.sha256],
    [
      "In the EHR",
      !context.filesDocuments
        ? undefined
        : filed === undefined
          ? "being filed"
          : filed === "rejected"
            ? refused
            : filed,
    ],
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
