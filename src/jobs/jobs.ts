/** What the other features may ask of jobs. The implementation is composed in app.ts. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import type { ElementChange } from "../core/chart/context-change.ts";
import type { JobProgress, JobStatus } from "../core/job/status.ts";
import type { AppliedStyle } from "../core/house-style/house-style.ts";
import type { CheckedSources, HistoryVerdict, SectionChange, SummaryAct } from "../core/summary/history.ts";
import type { DraftSources } from "../core/staleness/sources.ts";
import type { DocStatus } from "../core/summary/status.ts";
import type { GenerationRecord } from "../generation/summary-generator.ts";
import type { SummaryRecall } from "./recalled.ts";
import type { Section, SectionId, Summary } from "../core/summary/summary.ts";
import type { Review } from "../core/verification/second-look/review.ts";

/** Who does something, as the audit log names them. */
export interface Actor {
  readonly kind: "practitioner" | "api-client" | "ehr" | "ticket" | "system";
  /** FHIR reference, client id or issuer. */
  readonly id: string;
  readonly display?: string;
}

export type JobTrigger = "hook" | "api" | "page" | "retry" | "batch" | "subscription";

export interface CreateJob {
  readonly tenant: string;
  /** Relative references, `Patient/123` and `Encounter/9`. */
  readonly patient: string;
  readonly encounter: string;
  readonly documentType: "discharge-summary";
  readonly trigger: JobTrigger;
  readonly actor: Actor;
  /** hookInstance or Idempotency-Key, with a hex digest of what the request says: reuse with another digest is an error. */
  readonly key?: { readonly kind: "hook" | "idempotency"; readonly value: string; readonly digest: string };
  /** The hook's prefetch or the request's `chart` Bundle; sealed beside the job, never in a job payload. */
  readonly snapshot?: {
    readonly kind: "prefetch" | "bundle";
    readonly resources: readonly FhirResource[];
    /** What did not come, in words without PHI: by FHIR type: `CarePlan: not in the prefetch (carePlans)`. */
    readonly gaps?: readonly string[];
  };
  /** True where nothing but a SMART launch can bring the chart: the job starts `waiting`. */
  readonly waitForLaunch: boolean;
  /** Webhook for this job alone; must lie under a registered URL (checked by the caller). */
  readonly callbackUrl?: string;
  /** W3C trace context of the request, parsed: its events carry it on. */
  readonly traceParent?: string;
}

export interface Job {
  readonly tenant: string;
  readonly id: string;
  readonly status: JobStatus;
  /** Rises with every visible change; the strong ETag of the job. */
  readonly version: number;
  readonly attempt: number;
  readonly progress: JobProgress;
  readonly patient: string;
  readonly encounter: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastSequence: number;
  /** Webhook for this job alone, as given when it was made. */
  readonly callbackUrl?: string;
  /** When the chart was last seen to have changed since the present draft was written; absent: not since. */
  readonly contextUpdatedAt?: string;
  /** Error code of the table, when failed. */
  readonly error?: string;
  /** Present once a draft exists. */
  readonly summary?: {
    readonly version: number;
    readonly docStatus: DocStatus;
    readonly sha256: string;
    readonly edited: boolean;
  };
}

/** A summary with what guards its change. */
export interface StoredSummary extends Summary {
  /** Rises with every edit; the strong ETag of the summary is `"<version>.<revision>"`. */
  readonly revision: number;
  readonly patient: string;
  readonly encounter: string;
  readonly model?: string;
  /** How the model's part of the draft came about; absent where no model was asked. */
  readonly generation?: GenerationRecord;
  /** The house style that it was written in. */
  readonly style?: AppliedStyle;
  readonly createdAt: string;
  readonly signedBy?: string;
  readonly signedByDisplay?: string;
  readonly signedAt?: string;
  readonly attestation?: string;
  /** The second look at a draft; absent once it is signed, and for drafts from before there was one. */
  readonly review?: Review;
  /** Recalls that concern it, the oldest first; absent where there are none. */
  readonly recalls?: readonly SummaryRecall[];
  /** Codes of the security labels of patient and stay; those of single records stand with the sentences. */
  readonly security?: readonly string[];
}

/** Resources of a job's chart that came after the job was made: with another trigger, or because the EHR told of them. */
export interface ArrivedChart {
  readonly tenant: string;
  readonly job: string;
  /** A part of the chart will do; what is another patient's is passed over. */
  readonly resources: readonly FhirResource[];
  /** What did not come, as in a chart's own gaps. */
  readonly gaps?: readonly string[];
  /** Enough to write a draft from: a job that waits for its chart goes on with it. */
  readonly whole: boolean;
  readonly source: "hook" | "api" | "page" | "subscription";
  readonly actor: Actor;
}

/** What a signed summary says, for those who come back to it after the stay. */
export interface SignedSummary {
  readonly job: string;
  /** Relative reference. */
  readonly encounter: string;
  readonly signedAt: string;
  /** When its job was made: what came into the chart before this is in the summary. */
  readonly startedAt: string;
  readonly sections: readonly Section[];
}

/** A job whose draft may still change. */
export interface OpenJob {
  readonly id: string;
  /** Relative references. */
  readonly patient: string;
  readonly encounter: string;
}

export interface JobFilters {
  readonly id?: string;
  readonly encounter?: string;
  readonly patient?: string;
  readonly status?: JobStatus;
  /** RFC 3339. */
  readonly updatedSince?: string;
  /** RFC 3339, not included. */
  readonly updatedBefore?: string;
  /** What the newest summary may be; given, a job without one is not found. */
  readonly docStatuses?: readonly DocStatus[];
  /** When the newest summary was signed, or written where it is not: RFC 3339, the end not included. */
  readonly document?: { readonly from?: string; readonly before?: string };
}

/** `document`: by the moment that `JobFilters.document` looks at. */
export interface JobSort {
  readonly by: "created" | "updated" | "document";
  readonly direction: "asc" | "desc";
}

export interface JobSearch extends JobFilters {
  readonly sort?: JobSort;
  readonly limit: number;
  /** Opaque, from the previous page of the same search. */
  readonly cursor?: string;
}

export interface SectionEdit {
  readonly id: SectionId;
  /** The section's whole new text; sentences left as they were keep origin and evidence. */
  readonly text: string;
}

/** The life of a summary, and whether it can be believed. */
export interface SummaryHistory {
  readonly acts: readonly SummaryAct[];
  /** What people changed in all since the draft was written. */
  readonly sinceDraft: readonly SectionChange[];
  readonly verdict: HistoryVerdict;
}

/** If-Match as given: absent = 428, stale = 412. */
export type IfMatch = string | undefined;

export interface Jobs {
  /** Idempotent: by key, and by the one open job per tenant, encounter and document type. */
  create(input: CreateJob): Promise<{ readonly job: Job; readonly created: boolean }>;
  /** Someone else's job and an unknown one are both undefined. */
  get(tenant: string, id: string): Promise<Job | undefined>;
  /** The newest job of an encounter, for the card. */
  latest(tenant: string, encounter: string, documentType: "discharge-summary"): Promise<Job | undefined>;
  /** The patient's signed summaries that stand, one a stay: at most three of the last 90 days, newest first. */
  signedOf(tenant: string, patient: string): Promise<readonly SignedSummary[]>;
  /** Jobs whose draft may still change: work is owed, or nobody has signed. The newest first, of one patient where one is named. */
  openJobs(tenant: string, patient?: string): Promise<readonly OpenJob[]>;
  search(tenant: string, search: JobSearch): Promise<{ readonly items: readonly Job[]; readonly next: string | null }>;
  /** How many jobs a search would find on all its pages. */
  count(tenant: string, filters: JobFilters): Promise<number>;
  cancel(tenant: string, id: string, actor: Actor): Promise<Job>;
  /**
   * Brings the chart of a waiting job (SMART launch) and lets it go on. No effect in any other state.
   *
   * @param gaps what could not be read, as in a chart's own gaps
   */
  provideChart(
    tenant: string,
    id: string,
    resources: Bundle | readonly FhirResource[],
    actor: Actor,
    gaps?: readonly string[],
  ): Promise<Job>;
  /**
   * Takes a chart that came later. Before a draft is begun it is written from the newer copies; under a draft that nobody has
   * signed each resource that differs is told of (`context.updated`), and the draft stays as it is. Telling the same again is
   * no news. No effect on a job that has ended. Throws `not_found` for a job that is not there.
   */
  chartArrived(input: ArrivedChart): Promise<Job>;
  /** The element changes of one `context.updated` with their values; undefined once the draft is signed or discarded. */
  changedValues(tenant: string, id: string, sequence: number): Promise<readonly ElementChange[] | undefined>;
  summary(tenant: string, id: string): Promise<StoredSummary | undefined>;
  edit(
    tenant: string,
    id: string,
    ifMatch: IfMatch,
    edits: readonly SectionEdit[],
    actor: Actor,
    /** Ids of omissions of the review: each brings its sentence, with its evidence. */
    add?: readonly string[],
  ): Promise<StoredSummary>;
  /** References and versions that the newest draft rests on; undefined for one from before they were kept. */
  sources(tenant: string, id: string): Promise<DraftSources | undefined>;
  /** Undefined where there is no summary. */
  history(tenant: string, id: string): Promise<SummaryHistory | undefined>;
  /**
   * `actor` must be a practitioner whose signer role the caller has checked.
   *
   * @param sources what the signer was told of the sources; kept with the act
   */
  sign(
    tenant: string,
    id: string,
    ifMatch: IfMatch,
    attestation: string,
    actor: Actor,
    sources?: CheckedSources,
  ): Promise<StoredSummary>;
  amend(
    tenant: string,
    id: string,
    ifMatch: IfMatch,
    reason: string,
    edits: readonly SectionEdit[],
    actor: Actor,
    more?: { readonly attestation?: string | undefined; readonly sources?: CheckedSources | undefined },
  ): Promise<StoredSummary>;
  retract(tenant: string, id: string, ifMatch: IfMatch, reason: string, actor: Actor): Promise<StoredSummary>;
  discard(tenant: string, id: string, ifMatch: IfMatch, reason: string, actor: Actor): Promise<StoredSummary>;
}
