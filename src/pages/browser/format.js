/** Dates as clinicians of the page's language read them: unambiguous, never relative (17 Mar 2026). */
import { texts } from "./texts.js";

/**
 * A FHIR date or dateTime. A date without a time is shown as it stands: no zone may move it to another day.
 * @param {string | undefined} value
 * @param {string} timeZone IANA zone for values with a time
 * @returns {string}
 */
export function formatTime(value, timeZone) {
  if (value === undefined) return "";
  const [, year, month, day] = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/u.exec(value) ?? [];
  if (year !== undefined) return formatDate(year, month, day);
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return value;
  // For its calendar and zone only: what stands between the parts is the page's own to say.
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", {
      timeZone,
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hour12: false,
    })
      .formatToParts(at)
      .map((part) => [part.type, part.value]),
  );
  const date = formatDate(parts["year"] ?? "", parts["month"], parts["day"]);
  return texts.date.time({ date, time: `${parts["hour"]}:${parts["minute"]}` });
}

/**
 * @param {string} year
 * @param {string} [month]
 * @param {string} [day]
 */
function formatDate(year, month, day) {
  if (month === undefined) return year;
  const date = { month: Number(month), year };
  return day === undefined ? texts.date.month(date) : texts.date.day({ ...date, day: Number(day) });
}
