/** What the job API needs from the rest, each as small as it can be; app.ts wires them. */
import type { Audit } from "../audit/audit.ts";
import type { Batches } from "../jobs/batches/batches.ts";
import type { Feedback } from "../jobs/feedback/feedback.ts";
import type { Jobs, StoredSummary } from "../jobs/jobs.ts";
import type { ServedDocument } from "../core/document/served-document.ts";
import type { FocusContext } from "../core/notification/focus-resource.ts";
import type { EventLog, WakeUp } from "../events/event-log.ts";
import type { Job } from "../jobs/jobs.ts";
import type { Principal } from "../core/access/principal.ts";
import type { SourceCheck } from "../core/staleness/source-check.ts";
import type { Pool } from "../db/database.ts";
import type { WaiterLimits } from "../http/waiters.ts";
import type { ServerResponse } from "node:http";

/** What of a tenant's settings decides how a job is made. */
export interface PollingTenant {
  /** True when the worker can read the chart by Backend Services. */
  readonly hasSystemAccess: boolean;
  /** True when a SMART launch can bring the chart. */
  readonly hasSmart: boolean;
  /** False when the tenant has switched new drafts off. */
  readonly enabled: boolean;
  /** URLs registered as endpoints, under which a job's callback must lie. */
  readonly endpointUrls: readonly string[];
}

export type SummaryMediaType =
  | "application/fhir+json"
  | "text/markdown"
  | "text/plain"
  | "application/pdf"
  | "application/cda+xml";

/** Renders a summary: text as string, PDF as bytes. */
export type RenderSummary = (
  tenant: string,
  summary: StoredSummary,
  type: SummaryMediaType,
) => Promise<string | Uint8Array>;

export interface PollingDeps {
  readonly jobs: Jobs;
  readonly batches: Batches;
  readonly log: EventLog;
  readonly wakeUp: Pick<WakeUp, "subscribe">;
  readonly audit: Audit;
  readonly db: Pool;
  readonly publicUrl: string;
  /** 32 secret bytes for cursors alone. */
  readonly cursorKey: Uint8Array;
  tenant(id: string): Promise<PollingTenant>;
  /** Relative reference of the resource that holds the identifier, read from the EHR by system access. */
  findByIdentifier(
    tenant: string,
    type: "Patient" | "Encounter",
    identifier: { readonly system: string; readonly value: string },
  ): Promise<string | undefined>;
  readonly feedback: Feedback;
  readonly render: RenderSummary;
  /** The summary's document and its DocumentReference, under the id of the job; undefined for a discarded draft. */
  served(job: Job, summary: StoredSummary): Promise<ServedDocument | undefined>;
  /** Where a tenant's patients live, and what its documents are called. */
  readonly focusContext: (tenant: string) => FocusContext;
  /** Relative reference of a stay's patient, read from the EHR by system access; undefined where that cannot be had. */
  readonly patientOf: (tenant: string, encounter: string) => Promise<string | undefined>;
  /** Whether the records that the summary cites still stand in the EHR, as far as this caller may read there. Never throws. */
  checkSources(principal: Principal, job: Job, summary: StoredSummary): Promise<SourceCheck>;
  /** Answers with the job's stream (streaming/). */
  openStream(request: {
    readonly principal: Principal;
    readonly job: Job;
    readonly after: number;
    readonly response: ServerResponse;
  }): Promise<void>;
  readonly waiterLimits?: Partial<WaiterLimits>;
  /** Of how fast a status is asked for; the process's own clock when absent. */
  readonly monotonicMs?: () => number;
}
