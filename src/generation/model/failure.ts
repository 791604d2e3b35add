/** How a call of a model can fail, and what follows from it: another try, another model, or the template. */
import type { ErrorCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";

export type ModelFailureKind =
  /** 429: too much was asked; the server may say when to come back. */
  | "rate-limited"
  /** 408, 425, 5xx. */
  | "overloaded"
  /** No connection came about. */
  | "unreachable"
  /** The connection broke, or the stream ended without a finish reason. */
  | "cut-off"
  /** The provider stopped at its own limit of length. */
  | "too-long"
  /** The provider's filter, or another reason of its own, ended the answer. */
  | "withheld"
  /** The request was not accepted, and would not be again. */
  | "refused"
  /** What came is no answer of the agreed form. */
  | "malformed";

const codes: Readonly<Record<ModelFailureKind, ErrorCode>> = {
  "rate-limited": "model_failed",
  overloaded: "model_failed",
  unreachable: "model_failed",
  "cut-off": "model_truncated",
  "too-long": "model_truncated",
  withheld: "model_failed",
  refused: "model_failed",
  malformed: "model_failed",
};

/** What can pass by itself, as long as no text has come. A cut-off stream is tried again too: nothing of it was shown. */
const passing: ReadonlySet<ModelFailureKind> = new Set(["rate-limited", "overloaded", "unreachable", "cut-off"]);

/** A failed call. Carries neither request nor answer: both are the chart. */
export class ModelFailure extends AdapterError {
  readonly kind: ModelFailureKind;
  /** What the server asked to wait; undefined where it did not say. */
  readonly afterMs: number | undefined;

  /** @param detail for the log; never text of a provider */
  constructor(kind: ModelFailureKind, detail: string, afterMs?: number) {
    super(codes[kind], { detail: `${kind}: ${detail}` });
    this.kind = kind;
    this.afterMs = afterMs;
  }

  /** Whether the same call may be sent again, provided that nothing of its answer was used. */
  get passes(): boolean {
    return passing.has(this.kind);
  }
}

const overloaded: ReadonlySet<number> = new Set([408, 425, 500, 502, 503, 504, 529]);

/** What an HTTP status of a provider says. */
export function failureOfStatus(status: number, afterMs: number | undefined): ModelFailure {
  if (status === 429) return new ModelFailure("rate-limited", "status 429", afterMs);
  if (overloaded.has(status)) return new ModelFailure("overloaded", `status ${status}`, afterMs);
  return new ModelFailure("refused", `status ${status}`);
}

/** Milliseconds that a `Retry-After` header asks to wait; undefined where it does not say. */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/u.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** A network error. Only its code: its text may name hosts and paths. */
export function unreachable(error: unknown): ModelFailure {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return new ModelFailure("unreachable", typeof code === "string" ? code : "network");
}
