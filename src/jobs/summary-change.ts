/** The clinician's acts on a summary: each one transaction of lock, precondition, state machine, row, log and audit. */
import { AdapterError } from "../core/errors.ts";
import type { EventType, JobEvent } from "../core/event/event.ts";
import type { CheckedSources } from "../core/summary/history.ts";
import { sectionChanges } from "../core/summary/history.ts";
import { addSentence } from "../core/summary/add-sentence.ts";
import { mergeEdit } from "../core/summary/merge-edit.ts";
import type { SummaryTransition } from "../core/summary/status.ts";
import { transitionSummary } from "../core/summary/status.ts";
import type { Section } from "../core/summary/summary.ts";
import type { Review, ReviewBasis } from "../core/verification/second-look/review.ts";
import { reviewOf } from "../core/verification/second-look/review.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import { lock } from "./change.ts";
import { citationsOf } from "./citations.ts";
import { forgetContext } from "./context/basis.ts";
import { forgetReviewBasis, loadReviewBasis } from "./review/basis.ts";
import type { AuditedAction, JobsDeps } from "./deps.ts";
import { wakeAfter } from "./deps.ts";
import { requireMatch } from "./etag.ts";
import type { Actor, IfMatch, SectionEdit, StoredSummary } from "./jobs.ts";
import { isJobId } from "./new-id.ts";
import type { JobRow } from "./store.ts";
import { touchJob } from "./store.ts";
import type { SummaryRow } from "./store-summary.ts";
import { addCitations, insertSummary, readSummary, updateSummary } from "./store-summary.ts";
import type { SummaryContent } from "./summary-content.ts";
import { contentHash, openContent, sealContent, toSummary } from "./summary-content.ts";
import { appendAct, auditedReason } from "./summary-history.ts";
import { summaryReference, taskData } from "./view.ts";

export interface SummaryChange {
  readonly transition: SummaryTransition;
  readonly action: AuditedAction;
  /** Absent: the act is seen by readers of the summary only (an edit of a draft). */
  readonly event?: EventType;
  readonly edits?: readonly SectionEdit[];
  /** Ids of omissions whose sentences are put in. */
  readonly add?: readonly string[];
  readonly attestation?: string;
  readonly reason?: string;
  /** What the signer was told of the draft's sources; absent where nobody asked. */
  readonly sources?: CheckedSources;
  /** Whoever acts vouches for the text with their name. */
  readonly signs: boolean;
  /** The act makes a new version and leaves the one before as it was. */
  readonly newVersion: boolean;
  /** Whether the encounter's job is still open afterwards. */
  readonly open: boolean;
}

interface Target {
  readonly tenant: string;
  readonly id: string;
  readonly ifMatch: IfMatch;
  readonly actor: Actor;
}

/** Applies a person's edits; throws `parameter_invalid`, naming the edit, for a section that the summary does not have. */
function edited(sections: readonly Section[], edits: readonly SectionEdit[]): readonly Section[] {
  for (const [index, edit] of edits.entries()) {
    if (!sections.some((section) => section.id === edit.id))
      throw new AdapterError("parameter_invalid", { at: `sections[${index}].id` });
  }
  return sections.map((section) => {
    const edit = edits.findLast((candidate) => candidate.id === section.id);
    return edit === undefined ? section : mergeEdit(section, edit.text);
  });
}

/** Puts in the sentences that the review has at hand; throws `parameter_invalid` for an omission that it does not name. */
function completed(
  sections: readonly Section[],
  add: readonly string[],
  review: Review | undefined,
): readonly Section[] {
  return add.reduce((result, id, index) => {
    const omission = review?.omissions.find((candidate) => candidate.id === id);
    if (omission === undefined) throw new AdapterError("parameter_invalid", { at: `add[${index}]` });
    const { text, verified, evidence, security } = omission;
    const labels = security === undefined ? {} : { security };
    return result.map((section) =>
      section.id === omission.section
        ? addSentence(section, { text, origin: "template", verified, evidence, ...labels })
        : section,
    );
  }, sections);
}

/** Reason and attestation of an earlier act stay with the version unless this act brings its own. */
function nextContent(
  content: SummaryContent,
  sections: readonly Section[],
  change: SummaryChange,
  basis: ReviewBasis | undefined,
): SummaryContent {
  // A signature keeps the review that its signer saw.
  const review = basis === undefined ? content.review : reviewOf(sections, basis);
  const attestation = change.attestation ?? content.attestation;
  const reason = change.reason ?? content.reason;
  return {
    sections,
    ...(attestation === undefined ? {} : { attestation }),
    ...(reason === undefined ? {} : { reason }),
    ...(review === undefined ? {} : { review }),
    ...(content.security === undefined ? {} : { security: content.security }),
    ...(content.style === undefined ? {} : { style: content.style }),
  };
}

async function store(
  tx: Executor,
  deps: JobsDeps,
  target: Target,
  row: SummaryRow,
  change: SummaryChange,
  content: SummaryContent,
): Promise<void> {
  const docStatus = transitionSummary(row.doc_status, change.transition);
  if (docStatus === undefined) throw new AdapterError("state_conflict", { at: "docStatus" });
  const hash = contentHash(content.sections);
  const touched = row.edited || hash !== row.sha256;
  const signer = change.signs ? target.actor : undefined;
  const { tenant, id } = target;
  if (change.newVersion) {
    const version = row.version + 1;
    const sealed = sealContent(deps.sealer, tenant, id, version, content);
    await run(
      tx,
      insertSummary,
      tenant,
      id,
      version,
      docStatus,
      row.engine,
      row.model,
      hash,
      touched,
      sealed,
      signer?.id ?? null,
      signer?.display ?? null,
    );
    return;
  }
  const sealed = sealContent(deps.sealer, tenant, id, row.version, content);
  await run(
    tx,
    updateSummary,
    tenant,
    id,
    row.version,
    row.revision + 1,
    docStatus,
    hash,
    touched,
    sealed,
    signer?.id ?? null,
    signer?.display ?? null,
  );
}

async function newest(tx: Executor, tenant: string, id: string): Promise<SummaryRow> {
  const [row] = await run(tx, readSummary, tenant, id);
  if (row === undefined)
    throw new AdapterError("state_conflict", { at: "summary", message: "There is no summary yet." });
  return row;
}

async function appendEvent(
  tx: Executor,
  deps: JobsDeps,
  target: Target,
  job: JobRow,
  after: StoredSummary,
  change: SummaryChange,
): Promise<readonly JobEvent[]> {
  if (change.event === undefined) return [];
  const signed = change.signs ? { signedBy: after.signedBy, signedAt: after.signedAt } : {};
  const data = { ...taskData(job.status, job), summary: summaryReference(job.source, job.id, after), ...signed };
  return deps.eventLog.append(tx, target.tenant, job.id, [{ type: change.event, data }]);
}

/** What was done, to which text, by whom: chained to the act before. */
async function remember(
  tx: Executor,
  deps: JobsDeps,
  { tenant, id, actor }: Target,
  act: SummaryChange,
  before: SummaryContent,
  after: StoredSummary,
): Promise<string> {
  const { attestation, reason, sources } = act;
  return appendAct(tx, deps.sealer, tenant, id, {
    act: act.transition,
    version: after.version,
    revision: after.revision,
    docStatus: after.docStatus,
    by: actor,
    sha256: after.sha256,
    details: {
      sections: sectionChanges(before.sections, after.sections),
      ...(attestation === undefined ? {} : { attestation }),
      ...(reason === undefined ? {} : { reason }),
      ...(sources === undefined ? {} : { sources }),
    },
  });
}

async function change(
  tx: Executor,
  deps: JobsDeps,
  target: Target,
  act: SummaryChange,
  basis: ReviewBasis | undefined,
): Promise<{ readonly after: StoredSummary; readonly events: readonly JobEvent[] }> {
  const { tenant, id, actor } = target;
  const job = await lock(tx, tenant, id);
  const row = await newest(tx, tenant, id);
  requireMatch(target.ifMatch, row.version, row.revision);
  const content = openContent(deps.sealer, tenant, row);
  const sections = completed(edited(content.sections, act.edits ?? []), act.add ?? [], content.review);
  // An edit that changes nothing leaves the ETag, so that a page may save without asking whether it must.
  const idle = act.transition === "edit" && row.doc_status === "preliminary" && contentHash(sections) === row.sha256;
  if (idle) return { after: toSummary(deps.sealer, tenant, row), events: [] };
  await store(tx, deps, target, row, act, nextContent(content, sections, act, basis));
  if (act.add !== undefined && act.add.length > 0)
    await run(tx, addCitations, tenant, id, row.version, citationsOf(sections));
  await run(tx, touchJob, tenant, id, act.open);
  if (!act.open) {
    await forgetContext(tx, tenant, id);
    await forgetReviewBasis(tx, tenant, id);
  }
  const after = toSummary(deps.sealer, tenant, await newest(tx, tenant, id));
  const events = await appendEvent(tx, deps, target, job, after, act);
  const chain = await remember(tx, deps, target, act, content, after);
  const { patient, encounter } = job;
  // The history's own hashes need no key to be checked; here they stand under one, so that nobody can make them anew.
  const reason = auditedReason(chain);
  await deps.audit.record(
    { tenant, action: act.action, outcome: "success", actor, job: id, patient, encounter, reason },
    tx,
  );
  return { after, events };
}

/** Carries out one act and tells the readers. */
export async function changeSummary(deps: JobsDeps, target: Target, act: SummaryChange): Promise<StoredSummary> {
  const { http } = deps.database;
  // Read before the job is locked: a large chart takes a while to unpack.
  const basis =
    act.transition === "edit" && isJobId(target.id)
      ? await loadReviewBasis(http, deps.sealer, target.tenant, target.id)
      : undefined;
  const { after, events } = await http.transaction(target.tenant, (tx) => change(tx, deps, target, act, basis));
  wakeAfter(deps.wakeUp, target.tenant, target.id, events);
  return after;
}
