/** From what came back to what happens next: the one place that decides the fate of a delivery. Values, no exceptions. */
import type { CircuitSignal } from "../breaker/circuit.ts";
import type { RetryPolicy } from "../retry/policy.ts";
import { nextDelayMs } from "../retry/policy.ts";
import { retryAfterMs } from "../retry/retry-after.ts";

/** Why a request got no answer. Fixed words: they stand in attempt rows, logs and metrics. */
export const transportFailures = [
  "timeout",
  "blocked_address",
  "name_not_resolved",
  "connection_refused",
  "connection_reset",
  "tls_invalid",
  /** The endpoint shows another certificate than those that were pinned for it. */
  "certificate_not_pinned",
  "answer_malformed",
  /** What authorises the request could not be had: its token endpoint failed or refused us. */
  "authorization_failed",
  /** The forward proxy refused, failed or is down: no fault of the endpoint. */
  "proxy_failed",
  "interrupted",
] as const;
export type TransportFailure = (typeof transportFailures)[number];

/** What one POST came to. */
export type HttpExchange =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly retryAfter?: string;
      /** Bytes of the answer's body that were read. */
      readonly responseBytes: number;
      /** The first of them, at most 4 KB; absent where there were none. They may name a patient. */
      readonly head?: Uint8Array;
      readonly durationMs: number;
    }
  | { readonly kind: "failure"; readonly failure: TransportFailure; readonly durationMs: number };

/** What one sending came to, over HTTP or otherwise. */
export type Exchange =
  | HttpExchange
  | {
      /** The word of a receiver that speaks no HTTP. */
      readonly kind: "reply";
      readonly accepted: boolean;
      /** Asking again would bring the same. */
      readonly final: boolean;
      /** A fixed word. */
      readonly code: string;
      readonly durationMs: number;
    };

/** What an attempt, or the attempt to make one, ended in. `code` is a fixed word such as `http_503` or `timeout`. */
export type AttemptOutcome =
  | { readonly kind: "delivered"; readonly code: string }
  | {
      readonly kind: "retry";
      readonly code: string;
      readonly delayMs: number;
      /** The receiver asked for quiet: nothing goes to this endpoint for so long. */
      readonly quietMs?: number;
    }
  /** Not tried again by itself. `disable`: the endpoint said it is gone for good. */
  | { readonly kind: "dead"; readonly code: string; readonly disable: boolean }
  /** Never sent: its content was taken back before it could be. */
  | { readonly kind: "withheld"; readonly code: string }
  /** Kept, visible and replayable, but not sent while the endpoint is as it is. */
  | { readonly kind: "held"; readonly code: string };

export interface JudgeContext {
  readonly policy: RetryPolicy;
  /** Attempts recorded before this one. */
  readonly attemptsBefore: number;
  readonly nowMs: number;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: number;
  /** The longest quiet that a receiver may ask for. */
  readonly retryAfterCeilingMs?: number;
}

function codeOf(exchange: Exchange): string {
  if (exchange.kind === "reply") return exchange.code;
  return exchange.kind === "answer" ? `http_${exchange.status}` : exchange.failure;
}

/** 429 speaks of all requests, 503 of the whole service; other statuses' Retry-After concerns the one request. */
function quietFor(exchange: Exchange, { nowMs, retryAfterCeilingMs }: JudgeContext): number | undefined {
  if (exchange.kind !== "answer" || (exchange.status !== 429 && exchange.status !== 503)) return undefined;
  return retryAfterMs(exchange.retryAfter, nowMs, retryAfterCeilingMs);
}

function afterFailure(exchange: Exchange, context: JudgeContext): AttemptOutcome {
  const code = codeOf(exchange);
  const scheduled = nextDelayMs(context.policy, context.attemptsBefore + 1, context.random);
  if (scheduled === undefined) return { kind: "dead", code, disable: false };
  const quietMs = quietFor(exchange, context);
  // "At least", says RFC 9110: a short Retry-After must not use up a long schedule in seconds.
  const delayMs = Math.max(scheduled, quietMs ?? 0);
  return quietMs === undefined ? { kind: "retry", code, delayMs } : { kind: "retry", code, delayMs, quietMs };
}

/**
 * Judges one exchange (contract, section 4): any 2xx is success whatever its body says; 410 ends the endpoint; a 3xx is a
 * failure, and is not followed; all else is tried again on schedule.
 */
export function judge(exchange: Exchange, context: JudgeContext): AttemptOutcome {
  if (exchange.kind === "answer") {
    if (exchange.status >= 200 && exchange.status < 300) return { kind: "delivered", code: codeOf(exchange) };
    if (exchange.status === 410) return { kind: "dead", code: codeOf(exchange), disable: true };
  }
  if (exchange.kind === "reply") {
    if (exchange.accepted) return { kind: "delivered", code: exchange.code };
    if (exchange.final) return { kind: "dead", code: exchange.code, disable: false };
  }
  return afterFailure(exchange, context);
}

/** Failures on our side of the network. */
const ours: ReadonlySet<TransportFailure> = new Set(["interrupted", "proxy_failed"]);

/** What an exchange tells of the endpoint's health. A shutdown of our own, or our proxy's trouble, tells nothing. */
export function circuitSignal(exchange: Exchange): CircuitSignal {
  if (exchange.kind === "failure") return ours.has(exchange.failure) ? "neutral" : "failure";
  if (exchange.kind === "reply") return exchange.accepted ? "success" : "failure";
  if (exchange.status >= 200 && exchange.status < 300) return "success";
  return exchange.status === 429 ? "neutral" : "failure";
}

/** Whether an answer asks to go slower: too many requests, or a gateway whose server behind it does not keep up. */
export function asksToSlowDown(exchange: Exchange): boolean {
  return exchange.kind === "answer" && [429, 502, 504].includes(exchange.status);
}
