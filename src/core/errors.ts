/**
 * The one table of errors. Each code fixes, at birth, its HTTP status, the OperationOutcome issue code, whether trying
 * again can help, and the public text with a remedy. docs/errors.md carries one row for each code; a test compares them.
 */
import type { ErrorCode } from "./error-table.ts";
import { errorTable } from "./error-table.ts";

export type { ErrorCode } from "./error-table.ts";

/** Whether a repeat of the same request can succeed. */
export type Retry = "never" | "later";

/** What may be added when an error is raised. */
export interface ErrorExtras {
  /** Which input is wrong, as the caller names it: `context.encounterId`, `sections[2].text`. Shown to the caller. */
  readonly at?: string;
  /** A sentence for the caller that is more exact than the table's text. Must hold no PHI, token or secret. */
  readonly message?: string;
  /** For the log only; never shown to the caller. Must hold no PHI, token or secret either. */
  readonly detail?: string;
  /** Seconds after which a repeat makes sense; rendered as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An expected failure of the adapter, rendered once per route family (OperationOutcome, OAuth error, problem+json). */
export class AdapterError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly issueCode: string;
  readonly retry: Retry;
  /** False where the answer must not tell the reason (401): it then stands in the audit log only. */
  readonly expose: boolean;
  readonly fix: string;
  readonly at: string | undefined;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, extras: ErrorExtras = {}) {
    const row = errorTable[code];
    super(extras.message ?? row.title, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = "AdapterError";
    this.code = code;
    this.status = row.status;
    this.issueCode = row.issueCode;
    this.retry = row.retry;
    this.expose = row.status !== 401 && row.status !== 500;
    this.fix = row.fix;
    this.at = extras.at;
    this.detail = extras.detail;
    this.retryAfterSeconds = extras.retryAfterSeconds ?? (row.retry === "later" ? 5 : undefined);
  }
}

/** Turns anything thrown into an AdapterError; what is not one already becomes `internal`, with a blank public text. */
export function toAdapterError(thrown: unknown): AdapterError {
  if (thrown instanceof AdapterError) return thrown;
  return new AdapterError("internal", { cause: thrown });
}
