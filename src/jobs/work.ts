/** What the worker needs from others, and how one claimed job is named. */
import type { FhirResource } from "fhir/r4.js";
import type { SensitivityPolicy } from "../core/sensitivity/policy.ts";
import type { Database } from "../db/database.ts";
import type { Sealer } from "../db/sealer.ts";
import type { WakeUp } from "../events/event-log.ts";
import type { FencedEventLog } from "../events/log.ts";
import type { GenerationOptions, SummaryGenerator } from "../generation/summary-generator.ts";
import type { Barrier } from "./barrier.ts";
import type { Boss } from "./boss.ts";
import type { ChartSnapshot } from "./snapshot.ts";

/** What the reader of charts is asked. */
export interface ChartRequest {
  readonly tenant: string;
  /** Relative references. */
  readonly patient: string;
  readonly encounter: string;
  /** What came with the request, or with the launch; empty where nothing did. */
  readonly snapshot: readonly FhirResource[];
  /** Aborts on cancel, on loss of the lease and on shutdown. */
  readonly signal: AbortSignal;
}

/** Reads a stay's chart, or tells that only a SMART launch can bring it. Throws AdapterError. */
export type ChartReader = (request: ChartRequest) => Promise<ChartSnapshot | "waiting">;

/** The tenant's engine, and how its text is to look. Throws when the tenant is unknown. */
export type GeneratorFor = (tenant: string) => {
  readonly generator: SummaryGenerator;
  readonly options: GenerationOptions;
  /** What of labelled records may go into the summary; the cautious default where absent. */
  readonly sensitivity?: SensitivityPolicy;
};

/** Fields of one log line; the log itself lets only known, harmless ones through. */
export type WorkLog = (
  level: "info" | "warn" | "error",
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

export interface WorkDeps {
  readonly database: Database;
  readonly boss: Boss;
  readonly eventLog: FencedEventLog;
  readonly wakeUp: WakeUp;
  readonly sealer: Sealer;
  readonly chartReader: ChartReader;
  readonly generatorFor: GeneratorFor;
  readonly barrier: Barrier;
  /** Whether the tenant is served now. Jobs of one that is not wait, and nothing is counted against them. */
  readonly serves: (tenant: string) => boolean;
  readonly log: WorkLog;
}

/** A job in this worker's hands. Nothing is written for it unless `epoch` still stands. */
export interface Claimed {
  readonly tenant: string;
  readonly job: string;
  readonly epoch: bigint;
  /** Claims so far, this one included. */
  readonly attempt: number;
  readonly failures: number;
  readonly losses: number;
  readonly patient: string;
  readonly encounter: string;
  /** Of the request that asked for it; for log lines. */
  readonly traceParent?: string;
}

/** Why an attempt was told to stop. */
export type StopReason = "cancelled" | "lease-lost" | "shutdown" | "write-failed";

export class AttemptStopped extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason, cause?: unknown) {
    super(`attempt stopped: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = "AttemptStopped";
    this.reason = reason;
  }
}
