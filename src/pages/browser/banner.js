/** Whose chart this is (the wrong-patient guard), and who is looking. */
import { el, fill } from "./dom.js";
import { formatTime } from "./format.js";

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
 * @property {number} idleSeconds
 */

/** @param {Context} context */
export function patientLine({ patient, patientReference }) {
  return patient === undefined ? patientReference : patient.name;
}

/** @param {Context} context */
export function encounterLine({ encounter, encounterReference, timeZone }) {
  if (encounter === undefined) return encounterReference ?? "";
  const start = formatTime(encounter.start, timeZone);
  const end = formatTime(encounter.end, timeZone);
  return [encounter.kind, encounter.location, start && `admitted ${start}`, end && `discharged ${end}`]
    .filter(Boolean)
    .join(", ");
}

/**
 * @param {Element} banner
 * @param {Context} context
 */
export function showBanner(banner, context) {
  const { patient, timeZone } = context;
  const details = [
    patient?.birthDate && `born ${formatTime(patient.birthDate, timeZone)}`,
    patient?.sex,
    ...(patient?.identifiers ?? []).map(({ label, value }) => `${label} ${value}`),
  ].filter(Boolean);
  fill(
    banner,
    el(
      "div",
      { class: "who" },
      el("strong", { class: "name" }, patientLine(context)),
      details.length === 0 ? undefined : el("span", {}, details.join(" \u00b7 ")),
    ),
    el("div", { class: "stay" }, encounterLine(context)),
    el("div", { class: "user" }, `${context.hospital} \u00b7 ${context.user.display}`),
  );
}
