/** In which of its states the page is, and what may be done there. Pure. */

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
  none: { text: "No draft", tone: "off" },
  waiting: { text: "AI draft, not signed", tone: "draft" },
  streaming: { text: "AI draft, not signed", tone: "draft" },
  ready: { text: "AI draft, not signed", tone: "draft" },
  signed: { text: "Signed", tone: "signed" },
  retracted: { text: "Entered in error, do not use", tone: "off" },
  discarded: { text: "Discarded", tone: "off" },
  failed: { text: "No draft", tone: "off" },
  cancelled: { text: "No draft", tone: "off" },
};

/**
 * Why the summary cannot be signed now; undefined when it can.
 * @param {Phase} phase
 * @param {{ maySign: boolean, editing: boolean, ticket: boolean }} user
 * @returns {string | undefined}
 */
export function whyNotSign(phase, { maySign, editing, ticket }) {
  if (phase !== "ready") return "The draft is not complete.";
  if (ticket) return "This link lets you read. Open the summary from the EHR to edit or sign.";
  if (!maySign) return "Your role does not allow signing here.";
  return editing ? "Save or cancel your changes before signing." : undefined;
}
