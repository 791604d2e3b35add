/** The messages of the decision support: one article a card, its links as buttons, dismissal with a reason. */
import { button, element, quiet } from "./dom.js";

/** @typedef {import("./api.js").Card} Card */
/** @typedef {{ open: (card: Card, index: number) => void, dismiss: (card: Card, feedback: { reasonCode?: string, comment?: string }) => void }} CardActs */

/** @type {Record<string, string>} */
const INDICATORS = { info: "Information", warning: "Warning", critical: "Critical" };

/** @param {Card[]} cards @param {CardActs} acts @returns {Node[]} */
export function cardList(cards, acts) {
  return cards.length === 0 ? [quiet("No messages.")] : cards.map((card) => article(card, acts));
}

/** @param {Card} card @param {CardActs} acts */
function article(card, acts) {
  const title = `card-${card.id}`;
  const made = element(
    "article",
    { class: `card ${card.indicator}`, "aria-labelledby": title },
    element("p", { class: "indicator" }, INDICATORS[card.indicator] ?? card.indicator),
    element("h3", { id: title }, card.summary),
  );
  if (card.detailHtml !== "") made.append(detail(card.detailHtml));
  made.append(element("p", { class: "source" }, `From ${card.source}`));
  const links = card.links.map((link, index) =>
    button(link.label, () => acts.open(card, index), { class: index === 0 ? "primary" : "" }),
  );
  if (links.length > 0) made.append(element("div", { class: "actions" }, ...links));
  if (card.canGiveFeedback) made.append(dismissal(card, acts));
  return made;
}

/**
 * The EHR rendered this from markdown and escaped every tag that the service wrote.
 * @param {string} html
 */
function detail(html) {
  const place = element("div", { class: "detail" });
  place.innerHTML = html;
  return place;
}

/** @param {Card} card @param {CardActs} acts */
function dismissal(card, acts) {
  const comment = element("input", { type: "text", name: "comment", maxlength: "500", autocomplete: "off" });
  const form = element("form", {});
  if (card.overrideReasons.length > 0) form.append(reasonField(card));
  form.append(element("label", {}, "Comment", comment), element("button", { type: "submit" }, "Dismiss message"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form instanceof HTMLFormElement) acts.dismiss(card, feedbackOf(new FormData(form)));
  });
  return element("details", {}, element("summary", {}, "Not helpful?"), form);
}

/** @param {Card} card */
function reasonField(card) {
  const options = card.overrideReasons.map(({ code, display }) => element("option", { value: code }, display));
  const none = element("option", { value: "" }, "No reason given");
  return element("label", {}, "Reason", element("select", { name: "reason" }, none, ...options));
}

/** @param {FormData} data */
function feedbackOf(data) {
  const reason = textOf(data.get("reason"));
  const comment = textOf(data.get("comment"));
  return { ...(reason === "" ? {} : { reasonCode: reason }), ...(comment === "" ? {} : { comment }) };
}

/** @param {FormDataEntryValue | null} value */
function textOf(value) {
  return typeof value === "string" ? value : "";
}
