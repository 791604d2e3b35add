/** What was written and received: documents, webhooks, notifications, timeline. */
import { element, printClock, printDate, printTime, quiet, table } from "./dom.js";

/** @param {import("./api.js").Document[]} documents @returns {Node[]} */
export function documentList(documents) {
  if (documents.length === 0) return [quiet("None since this EHR was started.")];
  return documents.map((document) => {
    const facts = [
      document.docStatus,
      `version ${document.version}`,
      printTime(document.date),
      document.author === "" ? "" : `author ${document.author}`,
      document.authenticator === "" ? "" : `signed by ${document.authenticator}`,
      document.contentTypes.join(", "),
    ];
    const made = element(
      "article",
      { class: "document" },
      element("h3", {}, document.title),
      element("p", { class: "quiet" }, facts.filter((fact) => fact !== "").join(" · ")),
    );
    if (document.text !== "") {
      const text = element("pre", { tabindex: "0", "aria-label": `Text of ${document.title}` }, document.text);
      made.append(element("details", {}, element("summary", {}, "Read it"), text));
    }
    return made;
  });
}

/** @param {import("./api.js").Webhook[]} webhooks @returns {Node[]} */
export function webhookList(webhooks) {
  if (webhooks.length === 0) return [quiet("Nothing received yet.")];
  const rows = webhooks.map((message) => [
    printClock(message.at),
    message.type,
    verdict(message.verified, "signature verified", "signature refused"),
    String(message.endpointSequence ?? ""),
    String(message.attempts),
  ]);
  return [table("Webhooks received", ["Time", "Event", "Signature", "Number", "Attempts"], rows)];
}

/** @param {import("./api.js").Notification[]} notifications @returns {Node[]} */
export function notificationList(notifications) {
  if (notifications.length === 0) return [quiet("Nothing received yet.")];
  const rows = notifications.map((notification) => [
    printClock(notification.at),
    notification.type,
    notification.events.join(", "),
    notification.focus,
    verdict(notification.violations.length === 0, "valid", notification.violations.join("; ")),
  ]);
  return [table("Notifications received", ["Time", "Kind", "Event", "About", "Check"], rows)];
}

/** @param {import("./api.js").TimelineEntry[]} timeline @returns {Node[]} */
export function timelineItems(timeline) {
  if (timeline.length === 0)
    return [element("li", {}, element("span", { class: "what" }, "Nothing has happened yet."))];
  return timeline.map((entry) =>
    element(
      "li",
      {},
      element("time", { datetime: entry.at }, printClock(entry.at)),
      element(
        "span",
        { class: "what" },
        `${KINDS[entry.kind] ?? entry.kind}: ${entry.text} `,
        verdict(entry.ok, "ok", "failed"),
      ),
    ),
  );
}

/** @type {Record<string, string>} */
const KINDS = {
  hook: "Hook",
  launch: "Link",
  document: "Document",
  webhook: "Webhook",
  notification: "Notification",
};

/** @param {boolean} good @param {string} yes @param {string} no */
function verdict(good, yes, no) {
  return element("span", { class: good ? "good" : "bad" }, good ? yes : no);
}

/** Tells two patients of one name apart while the chart is scrolled. @param {import("./api.js").Patient} patient */
export function whoLine({ born, gender, mrn }) {
  const parts = [born === "" ? "" : `born ${printDate(born)}`, gender, mrn];
  return parts.filter((part) => part !== "").join(" \u00b7 ");
}

/** @param {import("./api.js").Patient} patient @returns {Node[]} */
export function bannerItems(patient) {
  /** @type {[string, string][]} */
  const items = [
    ["Born", printDate(patient.born)],
    ["Sex", patient.gender],
    ["Record number", patient.mrn],
    ["Ward", patient.ward],
    ["Admitted", printTime(patient.admitted)],
    ["Reason for admission", patient.reason],
  ];
  const last = items.length - 1;
  return items.map(([name, value], index) =>
    element(
      "div",
      { class: index === last ? "wide" : "" },
      element("dt", {}, name),
      element("dd", {}, value === "" ? "not documented" : value),
    ),
  );
}
