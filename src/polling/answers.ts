/** How jobs and summaries look to callers (contract, section 5). */
import type { z } from "zod";
import type { Job, StoredSummary } from "../jobs/jobs.ts";
import type { historyAnswer, jobAnswer, sourcesAnswer, summaryAnswer } from "./schemas.ts";
import type { SourceCheck } from "../core/staleness/source-check.ts";
import type { SectionChange } from "../core/summary/history.ts";
import type { SummaryHistory } from "../jobs/jobs.ts";
import type { Review } from "../core/verification/second-look/review.ts";
import type { ErrorCode } from "../core/errors.ts";
import { errorTable } from "../core/error-table.ts";
import { isOpen } from "../core/job/status.ts";

/** Strong: the version rises with every visible change. */
export function jobEtag(job: Job): string {
  return `"${job.version}"`;
}

export function summaryEtag({ version, revision, recalls = [] }: StoredSummary): string {
  return recalls.length === 0 ? `"${version}.${revision}"` : `"${version}.${revision}-recalled${recalls.length}"`;
}

/** Links are built from the configured base, never from the Host header. */
export function jobUrl(publicUrl: string, id: string): string {
  return `${publicUrl}/v1/jobs/${id}`;
}

function errorOf(code: string): { code: string; title: string; fix: string } {
  const row = Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode] : errorTable.internal;
  return { code, title: row.title, fix: row.fix };
}

export function toJobAnswer(job: Job, publicUrl: string): z.input<typeof jobAnswer> {
  const self = jobUrl(publicUrl, job.id);
  return {
    id: job.id,
    status: job.status,
    version: job.version,
    attempt: job.attempt,
    progress: job.progress,
    patient: job.patient,
    encounter: job.encounter,
    createdAt: job.createdAt,
    updatedAt: job.updatedAt,
    ...(job.contextUpdatedAt === undefined ? {} : { contextUpdatedAt: job.contextUpdatedAt }),
    ...(job.error === undefined ? {} : { error: errorOf(job.error) }),
    links: {
      self,
      events: `${self}/events`,
      ...(job.summary === undefined ? {} : { summary: `${self}/summary` }),
      ...(isOpen(job.status) ? { cancel: `${self}/cancel` } : {}),
    },
  };
}

/** Seconds after which asking again makes sense; none once nothing will change by itself. */
export function retryAfter(job: Job): Record<string, string> {
  if (!isOpen(job.status)) return {};
  return { "Retry-After": job.status === "waiting" ? "15" : "2" };
}

function toReviewAnswer({ claims, omissions, warnings }: Review): NonNullable<z.input<typeof summaryAnswer>["review"]> {
  return {
    claims: { ...claims, doubted: claims.doubted.map((claim) => ({ ...claim, evidence: [...claim.evidence] })) },
    omissions: omissions.map(({ evidence, security, ...omission }) => ({
      ...omission,
      evidence: [...evidence],
      ...(security === undefined ? {} : { security: [...security] }),
    })),
    warnings: [...warnings],
  };
}

/** What callers see of a summary: where it is kept, patient and encounter stand in the job. */
export function toSummaryAnswer(summary: StoredSummary): z.input<typeof summaryAnswer> {
  const {
    job,
    version,
    docStatus,
    engine,
    model,
    generation,
    style,
    sha256,
    createdAt,
    signedBy,
    signedByDisplay,
    signedAt,
    attestation,
    review,
    recalls,
  } = summary;
  return {
    job,
    version,
    docStatus,
    engine,
    ...(model === undefined ? {} : { model }),
    ...(style === undefined ? {} : { style: { version: style.version, digest: style.digest } }),
    ...(generation === undefined ? {} : { generation: { ...generation, calls: [...generation.calls] } }),
    ...(recalls === undefined ? {} : { recalls: [...recalls] }),
    ...(review === undefined ? {} : { review: toReviewAnswer(review) }),
    sha256,
    createdAt,
    ...(signedBy === undefined ? {} : { signedBy }),
    ...(signedByDisplay === undefined ? {} : { signedByDisplay }),
    ...(signedAt === undefined ? {} : { signedAt }),
    ...(attestation === undefined ? {} : { attestation }),
    sections: summary.sections.map((section) => ({
      ...section,
      sentences: section.sentences.map(({ evidence, security, ...sentence }) => ({
        ...sentence,
        evidence: [...evidence],
        ...(security === undefined ? {} : { security: [...security] }),
      })),
    })),
  };
}

export function toSourcesAnswer(check: SourceCheck): z.input<typeof sourcesAnswer> {
  return {
    ...check,
    unread: [...check.unread],
    changes: check.changes.map((change) => ({ ...change, sentences: [...change.sentences] })),
  };
}

const toSectionDiffs = (changes: readonly SectionChange[]) =>
  changes.map((change) => ({ ...change, diff: [...change.diff] }));

export function toHistoryAnswer({ acts, sinceDraft, verdict }: SummaryHistory): z.input<typeof historyAnswer> {
  return {
    acts: acts.map((act) => {
      const { sections, sources, ...rest } = act.details;
      return {
        ...act,
        details: {
          sections: toSectionDiffs(sections),
          ...rest,
          ...(sources === undefined ? {} : { sources: { ...sources, acknowledged: [...sources.acknowledged] } }),
        },
      };
    }),
    sinceDraft: toSectionDiffs(sinceDraft),
    verdict,
  };
}
