/** Jobs in memory, with the guards that callers see: one open job an encounter, If-Match, the summary's states. */
import { createHash } from "node:crypto";
import type { ErrorCode } from "../../src/core/errors.ts";
import type { SummaryTransition } from "../../src/core/summary/status.ts";
import type {
  Actor,
  CreateJob,
  Job,
  JobFilters,
  Jobs,
  JobSort,
  SectionEdit,
  StoredSummary,
} from "../../src/jobs/jobs.ts";
import type { MemoryLog } from "./memory-log.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { isOpen, progressAt } from "../../src/core/job/status.ts";
import type { SummaryAct } from "../../src/core/summary/history.ts";
import { chainOf, changesSinceDraft, sectionChanges, verifyHistory } from "../../src/core/summary/history.ts";
import { addSentence } from "../../src/core/summary/add-sentence.ts";
import type { Review } from "../../src/core/verification/second-look/review.ts";
import { transitionSummary } from "../../src/core/summary/status.ts";
import { aJob } from "./memory-log.ts";

export interface MemoryJobs extends Jobs {
  readonly created: CreateJob[];
  readonly charts: { id: string; actor: Actor }[];
  put(job: Job, summary?: StoredSummary): Job;
  change(id: string, changes: Partial<Job>): Job;
}

const fail = (code: ErrorCode): never => {
  throw new AdapterError(code);
};

export function aSummary(job: string, changes: Partial<StoredSummary> = {}): StoredSummary {
  return {
    job,
    version: 1,
    revision: 0,
    docStatus: "preliminary",
    engine: "template",
    sha256: "a".repeat(64),
    patient: "Patient/p1",
    encounter: "Encounter/e1",
    createdAt: "2026-03-18T10:00:00.000Z",
    sections: [
      {
        id: "reason",
        code: "29299-5",
        title: "Reason for hospitalization",
        status: "documented",
        sentences: [
          {
            id: "reason.1",
            text: "Admitted with community-acquired pneumonia.",
            origin: "template",
            verified: true,
            evidence: [
              { reference: "Condition/c1", version: "1", path: "code.text", value: "Community-acquired pneumonia" },
            ],
          },
        ],
      },
      {
        id: "pending",
        code: "18776-5",
        title: "Results pending at discharge",
        status: "not-documented",
        lookedFor: "reports that are registered or preliminary",
        sentences: [],
      },
    ],
    ...changes,
  };
}

function edited(summary: StoredSummary, edits: readonly SectionEdit[]): StoredSummary {
  const sections = summary.sections.map((section) => {
    const edit = edits.find((entry) => entry.id === section.id);
    if (edit === undefined) return section;
    const sentences = edit.text
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((text, index) => {
        const kept = section.sentences.find((sentence) => sentence.text === text);
        return (
          kept ?? { id: `${section.id}.${index + 1}`, text, origin: "person" as const, verified: false, evidence: [] }
        );
      });
    return {
      ...section,
      status: sentences.length > 0 ? ("documented" as const) : ("not-documented" as const),
      sentences,
    };
  });
  return { ...summary, revision: summary.revision + 1, sections };
}

/** The sentence of an omission in its place, and the review without it. */
function withOmission(summary: StoredSummary, omissions: Review["omissions"], id: string): StoredSummary {
  const omission = omissions.find((one) => one.id === id) ?? fail("parameter_invalid");
  const { review, sections } = summary;
  const { text, verified, evidence } = omission;
  return {
    ...summary,
    sections: sections.map((section) =>
      section.id === omission.section
        ? addSentence(section, { text, verified, evidence, origin: "template" })
        : section,
    ),
    ...(review === undefined
      ? {}
      : { review: { ...review, omissions: review.omissions.filter((one) => one.id !== id) } }),
  };
}

export function memoryJobs(log: MemoryLog): MemoryJobs {
  const jobs = new Map<string, Job>();
  const summaries = new Map<string, StoredSummary>();
  const histories = new Map<string, readonly SummaryAct[]>();
  const keys = new Map<string, { digest: string; id: string }>();
  const created: CreateJob[] = [];
  const charts: { id: string; actor: Actor }[] = [];

  const documentTime = (id: string): string => {
    const summary = summaries.get(id);
    return summary?.signedAt ?? summary?.createdAt ?? "";
  };
  const matching = (tenant: string, filters: JobFilters): readonly Job[] =>
    [...jobs.values()].filter((job) => {
      const { id, patient, encounter, status, updatedSince, updatedBefore, docStatuses, document } = filters;
      return (
        job.tenant === tenant &&
        (id ?? job.id) === job.id &&
        (encounter ?? job.encounter) === job.encounter &&
        (patient ?? job.patient) === job.patient &&
        (status ?? job.status) === job.status &&
        (updatedSince ?? job.updatedAt) <= job.updatedAt &&
        (updatedBefore === undefined || job.updatedAt < updatedBefore) &&
        (docStatuses === undefined || (job.summary !== undefined && docStatuses.includes(job.summary.docStatus))) &&
        (document?.from === undefined || document.from <= documentTime(job.id)) &&
        (document?.before === undefined || documentTime(job.id) < document.before)
      );
    });
  const sorted = (found: readonly Job[], sort: JobSort | undefined): readonly Job[] => {
    if (sort === undefined) return found;
    const valueOf = { created: ({ createdAt }: Job) => createdAt, updated: ({ updatedAt }: Job) => updatedAt };
    const value = sort.by === "document" ? ({ id }: Job) => documentTime(id) : valueOf[sort.by];
    const sign = sort.direction === "asc" ? 1 : -1;
    return found.toSorted((a, b) => sign * value(a).localeCompare(value(b)));
  };
  const own = (tenant: string, id: string): Job => {
    const job = jobs.get(id);
    return job?.tenant === tenant ? job : fail("not_found");
  };
  const change = (id: string, changes: Partial<Job>): Job => {
    const job = jobs.get(id) ?? fail("not_found");
    const next = { ...job, version: job.version + 1, ...changes };
    jobs.set(id, next);
    log.wakeUp.notify("job", `${next.tenant}/${id}`);
    return next;
  };
  const act = (
    tenant: string,
    id: string,
    ifMatch: string | undefined,
    transition: SummaryTransition,
    edits: readonly SectionEdit[] = [],
    details: Omit<SummaryAct["details"], "sections"> = {},
    by: Actor = { kind: "practitioner", id: "Practitioner/1" },
  ): StoredSummary => {
    own(tenant, id);
    const summary = summaries.get(id) ?? fail("not_found");
    if (ifMatch === undefined) fail("precondition_required");
    if (ifMatch !== `"${summary.version}.${summary.revision}"`) fail("precondition_failed");
    const docStatus = transitionSummary(summary.docStatus, transition) ?? fail("state_conflict");
    const next = { ...edited(summary, edits), docStatus };
    const known = histories.get(id) ?? [];
    const done = {
      act: transition,
      number: known.length + 1,
      version: next.version,
      revision: next.revision,
      docStatus,
      at: "2026-03-18T11:00:00.000Z",
      by,
      sha256: next.sha256,
      previous: known.at(-1)?.chain ?? "",
      details: { ...details, sections: sectionChanges(summary.sections, next.sections) },
    };
    histories.set(id, [...known, { ...done, chain: chainOf(id, done) }]);
    summaries.set(id, next);
    change(id, { summary: { version: next.version, docStatus, sha256: next.sha256, edited: transition === "edit" } });
    return next;
  };

  return {
    created,
    charts,
    change,
    put(job, summary) {
      jobs.set(job.id, job);
      if (summary !== undefined) summaries.set(job.id, summary);
      return job;
    },
    async create(input) {
      const key = input.key === undefined ? undefined : JSON.stringify([input.tenant, input.key.kind, input.key.value]);
      const before = key === undefined ? undefined : keys.get(key);
      if (before !== undefined) {
        if (before.digest !== input.key?.digest) fail("idempotency_key_reused");
        return { job: own(input.tenant, before.id), created: false };
      }
      const open = [...jobs.values()].find(
        (job) => job.tenant === input.tenant && job.encounter === input.encounter && isOpen(job.status),
      );
      const job =
        open ??
        aJob(`job${jobs.size + 1}`, {
          ...input,
          status: input.waitForLaunch ? "waiting" : "requested",
          progress: progressAt("reading"),
        });
      jobs.set(job.id, job);
      if (key !== undefined) keys.set(key, { digest: input.key?.digest ?? "", id: job.id });
      created.push(input);
      return { job, created: open === undefined };
    },
    get: async (tenant, id) => (jobs.get(id)?.tenant === tenant ? jobs.get(id) : undefined),
    latest: async (tenant, encounter) =>
      [...jobs.values()].findLast((job) => job.tenant === tenant && job.encounter === encounter),
    signedOf: async (tenant, patient) =>
      [...jobs.values()].flatMap((job) => {
        const summary = summaries.get(job.id);
        const stands = summary?.docStatus === "final" || summary?.docStatus === "amended";
        if (summary === undefined || !stands || job.tenant !== tenant || job.patient !== patient) return [];
        const { encounter, createdAt: startedAt } = job;
        return [{ job: job.id, encounter, signedAt: job.updatedAt, startedAt, sections: summary.sections }];
      }),
    openJobs: async (tenant, patient) =>
      [...jobs.values()].filter(
        (job) =>
          job.tenant === tenant &&
          (patient === undefined || job.patient === patient) &&
          (isOpen(job.status) || summaries.get(job.id)?.docStatus === "preliminary"),
      ),
    async search(tenant, search) {
      const start = Number(search.cursor ?? 0);
      const found = matching(tenant, search);
      const items = sorted(found, search.sort).slice(start, start + search.limit);
      return { items, next: start + items.length < found.length ? String(start + items.length) : null };
    },
    count: async (tenant, filters) => matching(tenant, filters).length,
    async cancel(tenant, id) {
      if (!isOpen(own(tenant, id).status)) fail("state_conflict");
      log.add(id, "task.cancelled");
      return change(id, { status: "cancelled" });
    },
    async provideChart(tenant, id, _resources, actor) {
      charts.push({ id, actor });
      return own(tenant, id).status === "waiting" ? change(id, { status: "requested" }) : own(tenant, id);
    },
    chartArrived: async ({ tenant, job }) => own(tenant, job),
    changedValues: async () => undefined,
    summary: async (tenant, id) => (jobs.get(id)?.tenant === tenant ? summaries.get(id) : undefined),
    sources: async () => undefined,
    async history(tenant, id) {
      const summary = jobs.get(id)?.tenant === tenant ? summaries.get(id) : undefined;
      if (summary === undefined) return undefined;
      const acts = histories.get(id) ?? [];
      const sinceDraft = changesSinceDraft(acts, summary.sections);
      return { acts, sinceDraft, verdict: verifyHistory(id, acts, { ...summary, sha256: acts.at(-1)?.sha256 ?? "" }) };
    },
    async edit(tenant, id, ifMatch, edits, actor, add = []) {
      const omissions = summaries.get(id)?.review?.omissions ?? [];
      const edited = act(tenant, id, ifMatch, "edit", edits, {}, actor);
      const next = add.reduce((summary, wanted) => withOmission(summary, omissions, wanted), edited);
      summaries.set(id, next);
      return next;
    },
    async sign(tenant, id, ifMatch, attestation, actor, sources) {
      const details = { attestation, ...(sources === undefined ? {} : { sources }) };
      const signed = {
        ...act(tenant, id, ifMatch, "sign", [], details, actor),
        attestation,
        signedBy: actor.id,
        ...(actor.display === undefined ? {} : { signedByDisplay: actor.display }),
        signedAt: "2026-03-18T11:00:00.000Z",
        sha256: createHash("sha256").update(attestation).digest("hex"),
      };
      summaries.set(id, signed);
      return signed;
    },
    async amend(tenant, id, ifMatch, reason, edits, actor, { attestation, sources } = {}) {
      const details = {
        reason,
        ...(attestation === undefined ? {} : { attestation }),
        ...(sources === undefined ? {} : { sources }),
      };
      const amended = act(tenant, id, ifMatch, "amend", edits, details, actor);
      const next = { ...amended, version: amended.version + 1, revision: 1 };
      summaries.set(id, next);
      return next;
    },
    retract: async (tenant, id, ifMatch, reason, actor) => act(tenant, id, ifMatch, "retract", [], { reason }, actor),
    discard: async (tenant, id, ifMatch, reason, actor) => act(tenant, id, ifMatch, "discard", [], { reason }, actor),
  };
}
