/** What a clinician does to a whole summary: sign, amend, mark as entered in error, discard. */
import { encounterLine, patientAndBirth } from "./banner.js";
import { createCheckedAct } from "./checked-act.js";
import { askAmend, askDiscard, askRetract, askSign } from "./dialogs.js";
import { byId } from "./dom.js";
import { notCompared } from "./sources-view.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("../../core/summary/summary.ts").Section} Section
 * @typedef {import("../../core/summary/summary.ts").Sentence} Sentence
 * @typedef {import("./checked-act.js").ActPage} ActPage
 */

/** @param {ActPage} page */
function signer({ model, context }) {
  const sections = model().summary?.sections ?? [];
  const sentences = sections.flatMap((/** @type {Section} */ section) => section.sentences);
  return {
    patient: patientAndBirth(context()),
    encounter: encounterLine(context()),
    signer: context().user.display,
    unverified: sentences.filter((/** @type {Sentence} */ sentence) => sentence.evidence.length === 0).length,
    review: model().summary?.review,
  };
}

/**
 * @param {ActPage} page
 * @param {string} status
 */
async function done({ refresh, update }, status) {
  await refresh();
  update({ status, sources: undefined, amendment: undefined });
  byId("page-title").focus();
}

/** @param {ActPage} page */
export function createSummaryActs(page) {
  const { api, model, update, jobPath, onSigned } = page;
  const checked = createCheckedAct(page);
  return {
    ...endingActs(page),
    sign: () =>
      checked(
        (check) => askSign({ ...signer(page), check, notChecked: notCompared(check) }),
        async (attestation, acknowledged) => {
          await api.send("POST", jobPath("/summary/sign"), { attestation, acknowledged }, model().summaryEtag);
          await done(page, texts.status.signed);
          onSigned();
        },
      ),
    startAmend() {
      update({ amendment: { etag: model().summaryEtag ?? "", texts: new Map() }, filed: undefined });
      byId("page-title").focus();
    },
    cancelAmend() {
      update({ amendment: undefined, editor: undefined, sources: undefined });
      byId("page-title").focus();
    },
    signAmendment: () =>
      checked(
        (check) => askAmend({ ...signer(page), unverified: 0, check, notChecked: notCompared(check) }),
        async ({ reason, attestation }, acknowledged) => {
          const { etag = "", texts: changed = new Map() } = model().amendment ?? {};
          const sections = [...changed].map(([id, text]) => ({ id, text }));
          const body = { reason, attestation, sections, acknowledged };
          await api.send("POST", jobPath("/summary/amend"), body, etag);
          await done(page, texts.status.amended);
          onSigned();
        },
      ),
  };
}

/**
 * The acts after which a text no longer stands.
 * @param {ActPage} page
 */
function endingActs(page) {
  const { api, model, context, attempt, jobPath } = page;
  const send = (/** @type {string} */ act, /** @type {string} */ reason, /** @type {string} */ status) =>
    attempt(async () => {
      await api.send("POST", jobPath(`/summary/${act}`), { reason }, model().summaryEtag);
      await done(page, status);
    });
  return {
    async retract() {
      const reason = await askRetract({ patient: patientAndBirth(context()), filed: context().filesDocuments });
      if (reason !== undefined) await send("retract", reason, texts.status.retracted);
    },
    async discard() {
      const reason = await askDiscard();
      if (reason !== undefined) await send("discard", reason, texts.status.discarded);
    },
  };
}
