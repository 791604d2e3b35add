/** Small helpers to build the page; text goes in as text, so nothing a chart says becomes markup. */

/**
 * @param {string} name
 * @param {Record<string, string | boolean>} attributes a `true` is an attribute without a value, a `false` is left out
 * @param {(Node | string)[]} children
 * @returns {HTMLElement}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/**
 * @param {string} label
 * @param {() => void} act
 * @param {Record<string, string>} attributes
 */
export function button(label, act, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", act);
  return made;
}

/**
 * The element with this id; the page's own HTML has it.
 * @param {string} id
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Replaces the content only when it changed, so that a refresh neither moves the focus nor disturbs a reader.
 * @param {HTMLElement} place
 * @param {unknown} data what the content is made from
 * @param {() => (Node | string)[]} make
 */
export function show(place, data, make) {
  const print = JSON.stringify(data);
  if (place.dataset["print"] === print) return;
  place.dataset["print"] = print;
  place.replaceChildren(...make());
}

/** @param {string} text */
export function quiet(text) {
  return element("p", { class: "quiet" }, text);
}

/**
 * @param {string} caption read to those who cannot see the heading above
 * @param {string[]} heads
 * @param {(string | Node)[][]} rows
 */
export function table(caption, heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map((cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell))));
  const whole = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { class: "table", role: "region", "aria-label": caption, tabindex: "0" }, whole);
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `17 Mar 2026`; what is no date stays as it is. @param {string} date */
export function printDate(date) {
  return /^\d{4}-\d{2}-\d{2}$/u.test(date) ? day.format(new Date(date)) : date;
}

/**
 * A chart's times carry the hospital's offset: its wall clock is what the ward knows, wherever the browser is.
 * @param {string} time
 */
export function printTime(time) {
  if (Number.isNaN(Date.parse(time))) return time;
  const wall = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}).*[+-]\d{2}:\d{2}$/u.exec(time);
  return wall === null ? moment.format(new Date(time)) : `${printDate(wall[1] ?? "")}, ${wall[2]}`;
}

/** @param {string} time */
export function printClock(time) {
  return Number.isNaN(Date.parse(time)) ? time : clock.format(new Date(time));
}
