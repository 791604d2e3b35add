/** Dates as clinicians read them: unambiguous, never relative (17 Mar 2026). */

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * A FHIR date or dateTime. A date without a time is shown as it stands: no zone may move it to another day.
 * @param {string | undefined} value
 * @param {string} timeZone IANA zone for values with a time
 * @returns {string}
 */
export function formatTime(value, timeZone) {
  if (value === undefined) return "";
  const date = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/u.exec(value);
  if (date !== null)
    return [date[3] && String(Number(date[3])), date[2] && months[Number(date[2]) - 1], date[1]]
      .filter(Boolean)
      .join(" ");
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return value;
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
  return `${Number(parts["day"])} ${months[Number(parts["month"]) - 1]} ${parts["year"]}, ${parts["hour"]}:${parts["minute"]}`;
}

/**
 * `MedicationRequest` as a reader's words: `medication request`.
 * @param {string} type
 */
export function typeWords(type) {
  // The file that a document's text stands in; nobody at a ward calls it that.
  if (type === "Binary") return "document text";
  return type.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase();
}
