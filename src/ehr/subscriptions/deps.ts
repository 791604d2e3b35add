/** What watching an EHR works with; composed in app.ts. */
import type { EhrSubscriptionSettings } from "../../config/ehr-subscriptions-schema.ts";
import type { Pool } from "../../db/database.ts";
import type { Sealer } from "../../db/sealer.ts";
import type { WakeUp } from "../../events/event-log.ts";
import type { Jobs } from "../../jobs/jobs.ts";
import type { EhrWatchMetrics } from "../../telemetry/ehr-watch-metrics.ts";
import type { Log } from "../../telemetry/log.ts";
import type { FhirGateway } from "../fhir-gateway.ts";

/** A tenant as far as its EHR is watched. */
export interface WatchedTenant {
  readonly id: string;
  readonly fhirBaseUrl: string;
  /** Undefined: its EHR is asked to tell nothing. */
  readonly settings: EhrSubscriptionSettings | undefined;
  /** The end of a stay starts a draft by itself (`autoDraftOn`). */
  readonly startsDrafts: boolean;
}

export interface EhrWatchDeps {
  readonly pool: Pool;
  readonly jobs: Pick<Jobs, "chartArrived" | "create" | "get" | "latest" | "openJobs">;
  readonly sealer: Sealer;
  readonly wakeUp: Pick<WakeUp, "notify" | "subscribe">;
  readonly log: Log;
  readonly metrics: EhrWatchMetrics;
  /** Without trailing slash. */
  readonly publicUrl: string;
  readonly tenants: () => readonly WatchedTenant[];
  /** Undefined for a tenant that is not served now. */
  readonly tenantOf: (tenant: string) => WatchedTenant | undefined;
  /** The EHR with our own token; undefined where none is registered. */
  readonly gatewayOf: (tenant: string, signal: AbortSignal) => FhirGateway | undefined;
  /** The same for our Subscriptions there, with a token that is good for nothing else. */
  readonly subscriberOf: (tenant: string, signal: AbortSignal) => FhirGateway | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** Tells an unexpected failure, by a name of ours. */
  readonly onError: (error: unknown) => void;
}

/** One call, or a few of them, to an EHR; leases are longer. */
export const deadlineMs = 40_000;
export const leaseSeconds = 60;

/** Ends with the process, or when the EHR has taken too long. */
export function within(stop: AbortSignal): AbortSignal {
  return AbortSignal.any([stop, AbortSignal.timeout(deadlineMs)]);
}

/** The EHR is away, or slow: whatever else is owed to it waits for so long. */
export const holdSeconds = 15;

/** Seconds to wait before what failed is tried again. */
export function backoffSeconds(failures: number): number {
  return Math.min(600, 2 ** Math.min(failures, 10));
}
