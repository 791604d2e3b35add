/** The page's questions to the EHR. */

/** @typedef {{ id: string, name: string, role: string }} User */
/** @typedef {{ id: string, encounterId: string, name: string, born: string, gender: string, mrn: string, ward: string, admitted: string, reason: string, status: string }} Patient */
/** @typedef {{ label: string, type: string }} CardLink */
/** @typedef {{ id: string, summary: string, detailHtml: string, indicator: string, source: string, at: string, hook: string, links: CardLink[], overrideReasons: { code: string, display: string }[], canGiveFeedback: boolean }} Card */
/** @typedef {{ id: string, version: string, title: string, docStatus: string, date: string, author: string, authenticator: string, contentTypes: string[], text: string }} Document */
/** @typedef {{ id: string, type: string, verified: boolean, jobSequence?: number, endpointSequence?: number, attempts: number, at: string }} Webhook */
/** @typedef {{ at: string, type: string, events: number[], focus: string, violations: string[], status: number }} Notification */
/** @typedef {{ at: string, kind: string, text: string, ok: boolean }} TimelineEntry */
/** @typedef {{ patient: Patient, cards: Card[], documents: Document[], webhooks: Webhook[], notifications: Notification[], timeline: TimelineEntry[] }} Chart */

const BASE = "/cds-client/api";

/** @returns {Promise<{ users: User[], patients: Patient[] }>} */
export function readState() {
  return get("/state");
}

/** @param {string} patient @returns {Promise<Chart>} */
export function readChart(patient) {
  return get(`/patients/${encodeURIComponent(patient)}`);
}

/**
 * @param {string} patient
 * @param {"encounter-discharge" | "patient-view"} hook
 * @param {string} user
 * @returns {Promise<{ problem: string, cards: number }>}
 */
export function callHook(patient, hook, user) {
  return post(`/patients/${encodeURIComponent(patient)}/hooks`, { hook, user });
}

/** @param {string} patient @returns {Promise<{ finished: string }>} */
export function finishReport(patient) {
  return post(`/patients/${encodeURIComponent(patient)}/laboratory`, {});
}

/** @param {string} card @param {number} index @param {string} user @returns {Promise<{ url: string, label: string }>} */
export function openLink(card, index, user) {
  return post(`/cards/${encodeURIComponent(card)}/open`, { index, user });
}

/**
 * @param {string} card
 * @param {{ reasonCode?: string, comment?: string }} feedback
 * @returns {Promise<{ problem: string }>}
 */
export function dismissCard(card, feedback) {
  return post(`/cards/${encodeURIComponent(card)}/dismiss`, feedback);
}

/** @param {string} path */
async function get(path) {
  const response = await fetch(`${BASE}${path}`);
  if (!response.ok) throw new Error(`The EHR answered ${response.status}.`);
  return response.json();
}

/** @param {string} path @param {object} body */
async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${BASE}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`The EHR answered ${response.status}.`);
  return response.json();
}
