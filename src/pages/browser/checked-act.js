/** An act that signs: the EHR is asked whether the draft's sources still stand, then the person, then it is sent. */
import { CallError } from "./api.js";
import { noAnswer } from "./sources-view.js";
import { texts } from "./texts.js";

/**
 * @typedef {import("./page-view.js").PageModel} PageModel
 * @typedef {import("./sources-view.js").SourceCheck} SourceCheck
 */

/**
 * What the acts work with.
 * @typedef {object} ActPage
 * @property {import("./api.js").Api} api
 * @property {() => PageModel} model
 * @property {() => import("./banner.js").Context} context
 * @property {(changes: Partial<PageModel>) => void} update
 * @property {(work: () => Promise<void>) => Promise<void>} attempt runs an act; what goes wrong is told, not thrown
 * @property {() => Promise<void>} refresh
 * @property {(path: string) => string} jobPath
 * @property {() => void} onSigned
 */

/**
 * Asks the EHR whether the draft's sources still stand. That it did not answer is an answer too. The page stays as it is
 * meanwhile, so that the button that was pressed keeps its focus.
 * @param {ActPage} page
 * @returns {Promise<SourceCheck>}
 */
async function checkSources({ api, update, jobPath }) {
  update({ notice: undefined, status: texts.status.checking });
  const answer = await api.get(jobPath("/summary/sources")).catch((error) => {
    if (!(error instanceof CallError)) throw error;
    return { body: noAnswer };
  });
  update({ sources: answer.body, status: undefined });
  return answer.body;
}

/**
 * Sends; true where the chart changed while the question stood open, so that it has to be asked anew.
 * @param {ActPage} page
 * @param {() => Promise<void>} send
 */
async function sendOnce({ attempt }, send) {
  let again = false;
  await attempt(async () => {
    try {
      await send();
    } catch (error) {
      again = error instanceof CallError && error.code === "sources_changed";
      if (!again) throw error;
    }
  });
  return again;
}

/** @param {ActPage} page */
export function createCheckedAct(page) {
  let underWay = false;

  /**
   * @template T
   * @param {(check: SourceCheck) => Promise<T | undefined>} ask
   * @param {(answer: T, acknowledged: string[]) => Promise<void>} send
   */
  async function rounds(ask, send) {
    for (;;) {
      const check = await checkSources(page);
      if (page.model().over !== undefined) return;
      const answer = await ask(check);
      if (answer === undefined) return;
      const acknowledged = check.changes.map(({ id }) => id);
      if (!(await sendOnce(page, () => send(answer, acknowledged)))) return;
    }
  }

  /**
   * @template T
   * @param {(check: SourceCheck) => Promise<T | undefined>} ask
   * @param {(answer: T, acknowledged: string[]) => Promise<void>} send
   */
  return async (ask, send) => {
    // A second press while the EHR is asked opens no second question.
    if (underWay) return;
    underWay = true;
    await rounds(ask, send).finally(() => {
      underWay = false;
    });
  };
}
