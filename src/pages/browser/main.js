/** The draft page: loads its context, follows the job, shows it, and takes the clinician's acts. */
import { CallError, createApi } from "./api.js";
import { showBanner } from "./banner.js";
import { chartNews } from "./chart-news.js";
import { askSafetyReport, askStay, askWriteAnew } from "./dialogs.js";
import { byId, el, fill } from "./dom.js";
import { applyEhrStyle } from "./ehr-style.js";
import { followStream } from "./event-stream.js";
import { createEvidenceActs } from "./evidence-acts.js";
import { createEditing } from "./editing.js";
import { createFeedbackActs } from "./feedback-acts.js";
import { watchIdle } from "./idle.js";
import { applyEvent, emptyDraft, finishedCount } from "./live-draft.js";
import { showOver } from "./over-view.js";
import { phaseOf } from "./page-state.js";
import { showPage } from "./page-view.js";
import { createSummaryActs } from "./summary-acts.js";
import { canKeep, forgetProofs, forgetSession } from "./tab-session.js";
import { texts } from "./texts.js";

/** @typedef {import("../../core/summary/summary.ts").Section} Section */
/** @typedef {import("./banner.js").Context} Context */

const launch = location.pathname.split("/")[2] ?? "";
const base = `/app/${launch}`;
const stop = new AbortController();

/**
 * Everything that is shown; changed only through `update`.
 * @type {import("./page-view.js").PageModel}
 */
let model = { phase: "none", over: undefined, draft: emptyDraft, connected: true };

/** @type {Context} */
let context;
const api = createApi({ launch, csrf: () => context?.csrf ?? "" }, () => endSession());

/** @param {Partial<import("./page-view.js").PageModel>} changes */
function update(changes) {
  const before = model.phase;
  model = { ...model, ...changes };
  model.phase = phaseOf(model.job, model.summary);
  // What was said of an earlier state is not true of this one.
  if (model.phase !== before && changes.status === undefined) model.status = undefined;
  if (model.phase !== before && changes.sources === undefined) model.sources = undefined;
  if (context !== undefined) showPage(context, model, actions);
}

/** @param {string} [why] */
function endSession(why = texts.over.ended) {
  stop.abort();
  forgetSession(launch);
  if (model.over === undefined) update({ over: why });
}

/** @param {string} path */
const jobPath = (path = "") => `/v1/jobs/${model.job?.id ?? context.job}${path}`;

/** Reads job and summary anew. */
async function refresh() {
  const asked = model.job?.id;
  const answer = await api.get(jobPath());
  const hasSummary = answer.body.links.summary !== undefined;
  const summary = hasSummary ? await api.get(jobPath("/summary")) : undefined;
  // A new draft took its place meanwhile: what was read is the old one's.
  if (model.job?.id !== asked) return;
  update({
    job: answer.body,
    jobEtag: answer.etag ?? undefined,
    summary: summary?.body,
    summaryEtag: summary?.etag ?? undefined,
    ...(answer.body.contextUpdatedAt === undefined ? { news: undefined } : {}),
  });
  if (summary !== undefined) void readFeedback(summary.body.version);
  if (answer.body.contextUpdatedAt !== undefined && summary !== undefined) await readNews(summary.body.version);
}

/** Version whose feedback is known. */
let feedbackOf = 0;

/**
 * Reads what this person said of the version before; the page does without where it does not come.
 * @param {number} version
 */
async function readFeedback(version) {
  if (feedbackOf === version || !context.user.mayEdit) return;
  feedbackOf = version;
  const answer = await api.get(jobPath("/summary/feedback")).catch(() => undefined);
  const items = answer?.body.items ?? [];
  update({ feedback: items.filter((/** @type {{ version: number }} */ item) => item.version === version) });
}

/**
 * Reads what changed in the chart since the draft. The page says that it changed even where this does not come.
 * @param {number} version
 */
async function readNews(version) {
  /** @type {import("./chart-news.js").ChartEvent[]} */
  const events = [];
  for (let after = 0, more = true; more;) {
    const answer = await api.get(jobPath(`/events?after=${after}&limit=1000`)).catch(() => undefined);
    const page = answer?.body.events ?? [];
    events.push(...page);
    after = page.at(-1)?.data.jobSequence ?? after;
    more = page.length === 1000;
  }
  update({ news: chartNews(events, version) });
}

/**
 * Runs an act of the user; what goes wrong is told, not thrown.
 * @param {() => Promise<void>} work
 */
async function attempt(work) {
  update({ notice: undefined, busy: true });
  try {
    await work();
    update({ busy: false });
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.status === 412) await refresh().catch(() => undefined);
    const notice = error.status === 412 ? texts.notice.conflict : error.message;
    if (error.status !== 401) update({ busy: false, notice });
  }
}

/** Brings the chart of a job that waits for this launch. */
async function bringChart() {
  if (model.phase !== "waiting" || context.kind !== "smart") return;
  update({ notice: undefined, reading: true });
  const answer = await api.send("POST", `${base}/chart`, {}).catch(() => undefined);
  update({
    reading: false,
    ...(answer?.body.chart === "failed" || answer === undefined ? { notice: texts.notice.chartNotRead } : {}),
  });
}

/** Follows the job while its draft is written. */
async function follow() {
  void bringChart();
  update({ draft: emptyDraft });
  const status = await followStream({
    url: jobPath("/events"),
    headers: api.headers,
    signal: stop.signal,
    onConnection: (connected) => update({ connected }),
    onEvent: ({ type, data }) => onEvent(type, JSON.parse(data).data),
  });
  if (status === 401) endSession();
  else if (!stop.signal.aborted) await refresh();
}

/**
 * @param {string} type
 * @param {any} data
 */
function onEvent(type, data) {
  const draft = applyEvent(model.draft, type, data);
  if (draft !== model.draft) {
    const finished = finishedCount(draft) > finishedCount(model.draft);
    const title = context.sections.find(({ id }) => id === data.section)?.title ?? "";
    const places = { title, done: finishedCount(draft), of: context.sections.length };
    update({ draft, ...(finished ? { status: texts.status.sectionReady(places) } : {}) });
  }
  if (type === "task.started" || type === "task.progress" || type === "task.requested")
    void refresh().catch(() => undefined);
}

/** Ends the wait for news of a job that another one takes the place of. */
let watching = new AbortController();

/** Waits for changes by others once nothing is written any more, and shows them; open editors keep their text. */
async function watch() {
  const etag = model.jobEtag ?? "";
  const watched = watching.signal;
  try {
    const signal = AbortSignal.any([stop.signal, watched]);
    const answer = await api.get(`${jobPath()}?wait=25`, { headers: { "if-none-match": etag }, signal });
    if (answer.status === 200 && answer.etag !== model.jobEtag) await refresh();
    update({ connected: true });
  } catch (error) {
    if (stop.signal.aborted || watched.aborted || (error instanceof CallError && error.status === 401)) return;
    update({ connected: false });
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
}

let filing = false;

/** Whether nothing more happens to a document by itself. */
const isFiled = () => model.filed?.state === "written" || model.filed?.state === "rejected";

/** Finds out where the signed document stands in the EHR: closely at first, then with every other change. */
async function watchFiling() {
  if (filing || !context.filesDocuments || isFiled()) return;
  filing = true;
  for (let round = 0; round < 30 && !isFiled() && !stop.signal.aborted; round += 1) {
    const answer = await api.get(jobPath("/documents")).catch(() => undefined);
    /** @type {readonly import("./signature-view.js").Filed[]} */
    const items = answer?.body.items ?? [];
    const { version, docStatus } = model.summary ?? {};
    const filed = items.find((item) => item.version === version && item.docStatus === docStatus);
    if (filed !== undefined && filed.state !== model.filed?.state) update({ filed });
    if (!isFiled()) await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  filing = false;
}

let living = false;

/** The page's life: follow what is being written, else watch for changes. One at a time, or text would come twice. */
async function live() {
  if (living) {
    watching.abort();
    watching = new AbortController();
    return;
  }
  living = true;
  try {
    while (!stop.signal.aborted && model.job !== undefined) {
      if (model.phase === "signed") void watchFiling();
      if (model.phase === "streaming" || model.phase === "waiting") await follow();
      else await watch();
    }
  } finally {
    living = false;
  }
}

async function start() {
  const answer = await api.send("POST", "/v1/jobs", {
    patient: context.patientReference,
    encounter: context.encounterReference,
  });
  update({
    job: answer.body,
    jobEtag: answer.etag ?? undefined,
    summary: undefined,
    draft: emptyDraft,
    filed: undefined,
    news: undefined,
  });
  void live();
}

/** @type {import("./checked-act.js").ActPage} */
const page = {
  api,
  model: () => model,
  context: () => context,
  update,
  attempt,
  refresh,
  jobPath,
  onSigned: () => void watchFiling(),
};

/** @type {import("./page-view.js").PageActions} */
const actions = {
  start: () => attempt(start),
  bringChart: () => void bringChart(),
  cancel: () =>
    attempt(async () => {
      await api.send("POST", jobPath("/cancel"));
      await refresh();
    }),
  add: (id, title) =>
    void attempt(async () => {
      const answer = await api.send("PATCH", jobPath("/summary"), { add: [id] }, model.summaryEtag);
      update({ summary: answer.body, summaryEtag: answer.etag ?? undefined, status: texts.status.added({ title }) });
      byId("review-title").focus();
    }),
  async reportSafety() {
    const report = await askSafetyReport();
    if (report === undefined) return;
    await attempt(async () => {
      const about = model.job === undefined ? {} : { job: model.job.id };
      await api.send("POST", "/v1/safety-reports", { ...report, ...about });
      update({ status: texts.status.reported });
    });
  },
  openDocument() {
    // Opened within the click, or the browser takes it for a pop-up; its address comes a moment later.
    const beside = window.open("", "_blank");
    return attempt(async () => {
      if (beside === null) throw new CallError(0, texts.notice.noPopup);
      beside.opener = null;
      try {
        const answer = await api.send("POST", `${base}/document?job=${model.job?.id}`);
        beside.location.href = answer.body.location;
      } catch (error) {
        beside.close();
        throw error;
      }
    });
  },
  fileAgain: () =>
    attempt(async () => {
      await api.send("POST", jobPath("/documents/retry"));
      update({ filed: undefined, status: texts.status.filedAgain });
      void watchFiling();
    }),
  signOut: () =>
    attempt(async () => {
      await api.send("POST", `${base}/end`, {});
      endSession(texts.over.signedOut);
    }),
  ...createEvidenceActs(page, base, () => actions),
  ...createEditing(page),
  ...createSummaryActs(page),
  ...createFeedbackActs(page),
  async writeAnew() {
    const edited = model.summary?.sections.some((/** @type {Section} */ { sentences }) =>
      sentences.some(({ origin }) => origin === "person"),
    );
    if (edited && !(await askWriteAnew())) return;
    await attempt(async () => {
      const reason = texts.notice.anewReason;
      await api.send("POST", jobPath("/summary/discard"), { reason }, model.summaryEtag);
      await start();
      byId("page-title").focus();
    });
  },
  about: () =>
    attempt(async () => {
      const card = (await api.get("/v1/model-card")).body;
      // Loaded only here: few open it, and everybody waits for what is loaded before.
      const { showModelCard } = await import("./model-card-view.js");
      await showModelCard(card, model.summary);
    }),
  readHistory: async () => (await api.get(jobPath("/summary/history"))).body,
};

async function begin() {
  forgetProofs();
  void applyEhrStyle(api, base);
  try {
    context = (await api.get(`${base}/context`)).body;
  } catch (error) {
    if (error instanceof CallError && error.status === 401)
      return showOver(canKeep() ? texts.over.ended : texts.over.notKept, undefined);
    fill(byId("content"), el("p", { class: "notice", role: "alert" }, texts.notice.notLoaded));
    return;
  }
  showBanner(byId("banner"), context);
  watchIdle({
    idleSeconds: context.idleSeconds,
    signal: stop.signal,
    ask: askStay,
    tell: () => api.send("POST", `${base}/activity`, {}),
    onOver: () => endSession(texts.over.idle),
  });
  if (context.job !== undefined) {
    try {
      await refresh();
    } catch (error) {
      update({ notice: error instanceof CallError ? error.message : texts.notice.jobNotRead });
      return;
    }
  } else update({});
  await live();
}

void begin();
