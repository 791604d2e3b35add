/** In which of its states the page is, and what may be done there. Pure. */
import { texts } from "./texts.js";

/**
 * @typedef {"none" | "waiting" | "streaming" | "ready" | "signed" | "retracted" | "discarded" | "failed" | "cancelled"} Phase
 */

/**
 * @typedef {object} JobAnswer
 * @property {string} id
 * @property {string} status
 * @property {{ index: number, of: number, step: string, value: number }} progress
 * @property {{ code: string, title: string, fix: string }} [error]
 */

/**
 * @param {JobAnswer | undefined} job
 * @param {{ docStatus: string } | undefined} summary
 * @returns {Phase}
 */
export function phaseOf(job, summary) {
  if (job === undefined) return "none";
  if (summary !== undefined && job.status === "completed") {
    if (summary.docStatus === "final" || summary.docStatus === "amended") return "signed";
    if (summary.docStatus === "entered-in-error") return "retracted";
    return summary.docStatus === "discarded" ? "discarded" : "ready";
  }
  if (job.status === "waiting") return "waiting";
  if (job.status === "failed") return "failed";
  return job.status === "cancelled" ? "cancelled" : "streaming";
}

/**
 * The label that says what this text is; never by colour alone.
 * @type {Record<Phase, { text: string, tone: "draft" | "signed" | "off" }>}
 */
export const labels = {
  none: { text: texts.label.none, tone: "off" },
  waiting: { text: texts.label.draft, tone: "draft" },
  streaming: { text: texts.label.draft, tone: "draft" },
  ready: { text: texts.label.draft, tone: "draft" },
  signed: { text: texts.label.signed, tone: "signed" },
  retracted: { text: texts.label.retracted, tone: "off" },
  discarded: { text: texts.label.discarded, tone: "off" },
  failed: { text: texts.label.none, tone: "off" },
  cancelled: { text: texts.label.none, tone: "off" },
};

/**
 * Why the summary cannot be signed now; undefined when it can.
 * @param {Phase} phase
 * @param {{ maySign: boolean, editing: boolean, ticket: boolean }} user
 * @returns {string | undefined}
 */
export function whyNotSign(phase, { maySign, editing, ticket }) {
  if (phase !== "ready") return texts.whyNot.incomplete;
  if (ticket) return texts.whyNot.readOnly;
  if (!maySign) return texts.whyNot.role;
  return editing ? texts.whyNot.editing : undefined;
}
