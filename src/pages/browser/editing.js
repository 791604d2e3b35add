/** One section under the clinician's hands: the editor's text, and what becomes of it. */
import { withText } from "./amendment.js";
import { CallError } from "./api.js";
import { byId } from "./dom.js";
import { editableText } from "./section-view.js";
import { texts } from "./texts.js";

/** @typedef {import("../../core/summary/summary.ts").Section} Section */
/** @typedef {import("./checked-act.js").ActPage} ActPage */

const focusTitle = (/** @type {string} */ section) => document.getElementById(`title-${section}`)?.focus();

/**
 * @param {ActPage} page
 * @param {string} id
 * @returns {Section | undefined} the section as the summary has it now
 */
function sectionNow(page, id) {
  return page.model().summary?.sections.find((/** @type {Section} */ section) => section.id === id);
}

/**
 * Keeps a section's new text with the amendment; nothing leaves the page before the amendment is signed.
 * @param {ActPage} page
 */
function keepText(page) {
  const { editor, amendment } = page.model();
  const section = editor === undefined ? undefined : sectionNow(page, editor.section);
  if (editor === undefined || amendment === undefined || section === undefined) return;
  page.update({
    amendment: withText(amendment, section, editor.text),
    editor: undefined,
    status: texts.status.keptForAmendment,
  });
  focusTitle(editor.section);
}

/**
 * What the editor shows after a save that failed. On a conflict the text stays where it is, beside what the section says now.
 * @param {ActPage} page
 * @param {NonNullable<import("./page-view.js").PageModel["editor"]>} editor
 * @param {CallError} error
 */
function afterFailure(page, editor, error) {
  if (error.status !== 412) return { notice: texts.section.notSaved({ error: error.message }) };
  const now = sectionNow(page, editor.section);
  return {
    notice: texts.section.conflict,
    theirs: now === undefined ? "" : editableText(now),
    etag: page.model().summaryEtag ?? "",
  };
}

/** @param {ActPage} page */
async function save(page) {
  const { editor } = page.model();
  if (editor === undefined || editor.busy) return;
  const { section, text, etag } = editor;
  page.update({ editor: { ...editor, busy: true, notice: undefined } });
  try {
    const body = { sections: [{ id: section, text }] };
    const answer = await page.api.send("PATCH", page.jobPath("/summary"), body, etag);
    page.update({
      summary: answer.body,
      summaryEtag: answer.etag ?? undefined,
      editor: undefined,
      status: texts.status.saved,
    });
    focusTitle(section);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.status === 401) return;
    if (error.status === 412) await page.refresh().catch(() => undefined);
    const kept = { ...editor, text: page.model().editor?.text ?? text, busy: false };
    page.update({ editor: { ...kept, ...afterFailure(page, editor, error) } });
  }
}

/**
 * @param {ActPage} page
 * @returns {Pick<import("./page-view.js").PageActions, "edit" | "input" | "cancelEdit" | "saveEdit">}
 */
export function createEditing(page) {
  return {
    edit(section) {
      const etag = page.model().summaryEtag ?? "";
      page.update({ editor: { section: section.id, text: editableText(section), etag, busy: false } });
      byId(`edit-${section.id}`).focus();
    },
    input(text) {
      // Not through update: typing must not draw the page anew.
      const { editor } = page.model();
      if (editor !== undefined) editor.text = text;
    },
    cancelEdit() {
      const section = page.model().editor?.section;
      page.update({ editor: undefined });
      if (section !== undefined) focusTitle(section);
    },
    saveEdit: () => (page.model().amendment === undefined ? void save(page) : keepText(page)),
  };
}
