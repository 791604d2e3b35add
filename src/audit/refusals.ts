/** Records refused credentials: who was claimed to call, and which check refused. */
import { ADAPTER_TENANT } from "../core/access/adapter-tenant.ts";
import type { Audit } from "./audit.ts";

export interface RefusalNote {
  readonly reason: string;
  readonly family: string;
  readonly tenant?: string;
  /** Only where it is on a list of ours: a made-up name is not copied into the log. */
  readonly issuer?: string;
}

export interface RefusalRecorderDeps {
  readonly audit: Audit;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
  /** Told of each refusal, recorded or not. */
  readonly onRefused: (reason: string) => void;
  /** Told of entries that could not be written. */
  readonly onError: (error: unknown) => void;
}

/** Junk costs its sender nothing, so entries per tenant and minute are bounded; the metric counts them all. */
const PER_MINUTE = 60;
const WINDOW_MS = 60_000;

/** Returns a recorder that does not hold up the 401. */
export function createRefusalRecorder({
  audit,
  monotonicMs,
  onRefused,
  onError,
}: RefusalRecorderDeps): (note: RefusalNote) => void {
  const windows = new Map<string, { since: number; count: number }>();
  const admits = (tenant: string): boolean => {
    const window = windows.get(tenant);
    if (window === undefined || monotonicMs() - window.since >= WINDOW_MS) {
      windows.set(tenant, { since: monotonicMs(), count: 1 });
      return true;
    }
    window.count += 1;
    return window.count <= PER_MINUTE;
  };
  return ({ reason, family, tenant = ADAPTER_TENANT, issuer }) => {
    onRefused(reason);
    if (!admits(tenant)) return;
    const actor = { kind: family === "/cds-services" ? "ehr" : "api-client", id: issuer ?? "unknown" } as const;
    audit.record({ tenant, action: "auth.refused", outcome: "refused", actor, reason }).catch(onError);
  };
}
