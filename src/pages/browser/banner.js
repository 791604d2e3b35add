/** Whose chart this is (the wrong-patient guard), and who is looking. */
import { el, fill } from "./dom.js";
import { formatTime } from "./format.js";
import { texts } from "./texts.js";

/**
 * @typedef {object} Context what the server tells the page about its session
 * @property {string} launch
 * @property {string} csrf
 * @property {"smart" | "ticket"} kind
 * @property {string} hospital
 * @property {string} timeZone
 * @property {{ display: string, maySign: boolean, mayEdit: boolean }} user
 * @property {{ name: string, birthDate?: string, sex?: string, identifiers: { label: string, value: string }[] } | undefined} patient
 * @property {{ kind?: string, start?: string, end?: string, location?: string } | undefined} encounter
 * @property {string} patientReference
 * @property {string | undefined} encounterReference
 * @property {boolean} needPatientBanner
 * @property {string | undefined} job
 * @property {{ id: string, title: string }[]} sections
 * @property {boolean} filesDocuments whether a signed summary is written into the EHR
 * @property {string[]} limits what the EHR did not grant, in words
 * @property {number} idleSeconds
 */

/** @param {Context} context */
function patientLine({ patient, patientReference }) {
  return patient === undefined ? patientReference : patient.name;
}

/** @param {Context} context */
export function patientAndBirth(context) {
  const birthDate = context.patient?.birthDate;
  return birthDate === undefined
    ? patientLine(context)
    : texts.banner.patientBorn({
        patient: patientLine(context),
        date: formatTime(birthDate, context.timeZone),
      });
}

/** @param {Context} context */
export function encounterLine({ encounter, encounterReference, timeZone }) {
  if (encounter === undefined) return encounterReference ?? "";
  const start = formatTime(encounter.start, timeZone);
  const end = formatTime(encounter.end, timeZone);
  const { admitted, discharged } = texts.banner;
  return [encounter.kind, encounter.location, start && admitted({ date: start }), end && discharged({ date: end })]
    .filter(Boolean)
    .join(", ");
}

/**
 * @param {Element} banner
 * @param {Context} context
 */
export function showBanner(banner, context) {
  const { patient, timeZone, needPatientBanner } = context;
  const user = el("div", { class: "user" }, `${context.hospital} \u00b7 ${context.user.display}`);
  banner.classList.toggle("compact", !needPatientBanner);
  // The EHR shows patient and stay around the frame then; the sign dialog names them all the same.
  if (!needPatientBanner) return fill(banner, user);
  const details = [
    patient?.birthDate && texts.banner.born({ date: formatTime(patient.birthDate, timeZone) }),
    patient?.sex,
    ...(patient?.identifiers ?? []).map(({ label, value }) => `${label} ${value}`),
  ].filter(Boolean);
  const more = details.length === 0 ? undefined : el("span", {}, details.join(" \u00b7 "));
  fill(
    banner,
    el("div", { class: "who" }, el("strong", { class: "name" }, patientLine(context)), more),
    el("div", { class: "stay" }, encounterLine(context)),
    user,
  );
}
