/** One attempt at one delivery: prepare -> send -> judge. A failure of the receiver is a value here, never an exception. */
import type { CircuitSignal } from "../core/breaker/circuit.ts";
import type { AttemptOutcome, Exchange } from "../core/delivery/outcome.ts";
import { asksToSlowDown, circuitSignal, judge } from "../core/delivery/outcome.ts";
import { requestTraceParent, traceOf } from "../core/trace/trace-parent.ts";
import { retryPolicy } from "../core/retry/policy.ts";
import type { ClaimedDelivery, Destination, Prepared } from "./destinations/destination.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Post, PreparedRequest } from "./exchange.ts";
import { exchange } from "./exchange.ts";

export interface AttemptDependencies {
  readonly destination: Destination;
  /** The network as this tenant may use it. */
  readonly post: Post;
  readonly now: () => number;
  readonly random: () => number;
  /** Keeps a body before its first sending; false when the lane was lost meanwhile. */
  readonly keep: (sequence: number, body: Uint8Array) => Promise<boolean>;
}

/** A finished attempt, ready to be recorded. */
export interface AttemptResult {
  readonly delivery: ClaimedDelivery;
  readonly outcome: AttemptOutcome;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly httpStatus?: number;
  readonly responseBytes: number;
  /** The first bytes of what came back. */
  readonly answer?: Uint8Array;
  readonly signal: CircuitSignal;
  /** What was sent would say more under another payload. */
  readonly plain?: true;
  /** The answer asked to go slower. */
  readonly slowDown: boolean;
}

/** A result without a request. */
export function unsent(delivery: ClaimedDelivery, outcome: AttemptOutcome, startedAtMs: number): AttemptResult {
  return { delivery, outcome, startedAtMs, durationMs: 0, responseBytes: 0, signal: "neutral", slowDown: false };
}

function answered({ status, responseBytes, head }: Extract<Exchange, { kind: "answer" }>) {
  return { httpStatus: status, responseBytes, ...(head === undefined ? {} : { answer: head }) };
}

function sent(
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  came: Exchange,
  startedAtMs: number,
  deps: AttemptDependencies,
): AttemptResult {
  const outcome = judge(came, {
    policy: retryPolicy(endpoint.settings.retry),
    attemptsBefore: delivery.attempts - delivery.scheduleFrom,
    nowMs: deps.now(),
    random: deps.random(),
    retryAfterCeilingMs: endpoint.settings.retryAfterCeilingMs,
  });
  return {
    delivery,
    outcome,
    startedAtMs,
    durationMs: came.durationMs,
    responseBytes: 0,
    ...(came.kind === "answer" ? answered(came) : {}),
    signal: circuitSignal(came),
    slowDown: asksToSlowDown(came),
  };
}

function traced(request: PreparedRequest, traceparent: string): PreparedRequest {
  return { ...request, headers: { ...request.headers, traceparent } };
}

/** Whether the receiver takes the present token no longer, and a new one may help. */
function isRefused(came: Exchange): boolean {
  return came.kind === "answer" && came.status === 401;
}

type Sendable = Extract<Prepared, { kind: "ready" | "own-transport" }>;

async function send(
  prepared: Sendable,
  delivery: ClaimedDelivery,
  deps: AttemptDependencies,
  stop: AbortSignal,
): Promise<Exchange | undefined> {
  if (prepared.kind === "own-transport") return unlessInterrupted(await prepared.send(stop));
  if (prepared.keep !== undefined && !(await deps.keep(delivery.sequence, prepared.keep))) return undefined;
  const traceparent = requestTraceParent(traceOf(delivery.event), deps.random);
  let came = await exchange(deps.post, traced(prepared.request, traceparent), stop);
  if (prepared.renew !== undefined && isRefused(came)) {
    const again = await prepared.renew();
    if (again.kind === "ready") came = await exchange(deps.post, traced(again.request, traceparent), stop);
  }
  return unlessInterrupted(came);
}

function unlessInterrupted(came: Exchange): Exchange | undefined {
  return came.kind === "failure" && came.failure === "interrupted" ? undefined : came;
}

/**
 * Makes one attempt.
 * @returns undefined when nothing is to be recorded: our own shutdown, or a lane lost, cut it short
 * @throws what preparing throws: our own trouble (database away), not the receiver's
 */
export async function attempt(
  delivery: ClaimedDelivery,
  endpoint: Endpoint,
  deps: AttemptDependencies,
  stop: AbortSignal,
): Promise<AttemptResult | undefined> {
  const startedAtMs = deps.now();
  const prepared = await deps.destination.prepare(delivery, endpoint, startedAtMs);
  if (prepared.kind === "unauthorized") {
    const durationMs = deps.now() - startedAtMs;
    return sent(
      delivery,
      endpoint,
      { kind: "failure", failure: "authorization_failed", durationMs },
      startedAtMs,
      deps,
    );
  }
  if (prepared.kind !== "ready" && prepared.kind !== "own-transport") return unsent(delivery, prepared, startedAtMs);
  const came = await send(prepared, delivery, deps, stop);
  if (came === undefined) return undefined;
  const result = sent(delivery, endpoint, came, startedAtMs, deps);
  return prepared.kind === "ready" && prepared.plain === true ? { ...result, plain: true } : result;
}
