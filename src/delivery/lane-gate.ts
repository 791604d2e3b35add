/** What an endpoint may be sent right now: its circuit, its pace, how far it is slowed down; carried from lane to lane. */
import type { Admission, CircuitState } from "../core/breaker/circuit.ts";
import { admission, onAdmit, onResult } from "../core/breaker/circuit.ts";
import type { Failing, FailingVerdict } from "../core/delivery/failing.ts";
import { afterAttempt, verdictOf } from "../core/delivery/failing.ts";
import type { Troubled, TroubleSettings } from "../core/delivery/troubled.ts";
import { afterResult, isTroubleNew } from "../core/delivery/troubled.ts";
import type { PaceSettings } from "../core/delivery/pace.ts";
import { paceAfter, paceDelayMs } from "../core/delivery/pace.ts";
import type { Throttle } from "../core/delivery/throttle.ts";
import { shareAt, slowed, unthrottled } from "../core/delivery/throttle.ts";
import type { AttemptResult } from "./attempt.ts";
import type { EndpointSettings } from "./endpoint.ts";
import type { EndpointStandingRow } from "./lane-store.ts";
import type { Standing } from "./standing.ts";
import { readStanding } from "./standing.ts";

function circuitOf(row: EndpointStandingRow): CircuitState {
  const failures = row.circuit_failures;
  if (row.circuit === "open") return { kind: "open", failures, untilMs: row.circuit_until_ms };
  return { kind: row.circuit, failures };
}

/** Changes that somebody is told of. */
export interface GateNews {
  readonly circuit: "opened" | "closed" | undefined;
  readonly troubled: boolean;
}

export class LaneGate {
  #circuit: CircuitState;
  #paceAtMs: number;
  #quietUntilMs = 0;
  #throttle: Throttle;
  #failing: Failing | undefined;
  #troubled: Troubled | undefined;
  /** Whether the circuit was told to be open. */
  #toldOpen: boolean;
  #disabled = false;
  readonly #trouble: TroubleSettings;

  constructor(row: EndpointStandingRow, trouble: TroubleSettings) {
    this.#trouble = trouble;
    this.#toldOpen = row.circuit !== "closed";
    this.#circuit = circuitOf(row);
    this.#paceAtMs = row.pace_at_ms;
    const { throttle = unthrottled, failing, troubled } = readStanding(row.standing);
    this.#troubled = troubled;
    this.#throttle = throttle;
    this.#failing = failing;
  }

  admission(nowMs: number): Admission {
    return nowMs < this.#quietUntilMs ? "none" : admission(this.#circuit, nowMs);
  }

  /** Requests that may be in flight while the circuit is closed. */
  concurrency(settings: EndpointSettings, nowMs: number): number {
    return Math.max(1, Math.ceil(settings.concurrency * shareAt(this.#throttle, nowMs)));
  }

  /** Milliseconds until the next request keeps to the rate; 0 means now. The burst is what may be in flight anyway. */
  paceDelayMs(settings: EndpointSettings, nowMs: number): number {
    return paceDelayMs(this.#paceAtMs, nowMs, this.#pace(settings, nowMs));
  }

  #pace(settings: EndpointSettings, nowMs: number): PaceSettings {
    const perSecond = settings.ratePerSecond * shareAt(this.#throttle, nowMs);
    return { perSecond, burst: this.concurrency(settings, nowMs) };
  }

  /** Notes one request that is let through. */
  admit(settings: EndpointSettings, nowMs: number): void {
    this.#circuit = onAdmit(this.#circuit, nowMs);
    this.#paceAtMs = paceAfter(this.#paceAtMs, nowMs, this.#pace(settings, nowMs));
  }

  /** Notes what one request came to. */
  settle(result: AttemptResult, settings: EndpointSettings, nowMs: number): void {
    this.#circuit = onResult(this.#circuit, result.signal, nowMs, settings.breaker);
    this.#failing = afterAttempt(this.#failing, result.signal, nowMs);
    this.#troubled = afterResult(this.#troubled, result.signal, nowMs, this.#trouble);
    if (result.slowDown) this.#throttle = slowed(this.#throttle, result.startedAtMs, nowMs);
    const { outcome } = result;
    if (outcome.kind === "retry" && outcome.quietMs !== undefined) {
      this.#quietUntilMs = Math.max(this.#quietUntilMs, nowMs + outcome.quietMs);
    }
  }

  /** What the endpoint's present run of failures calls for. */
  verdict(settings: EndpointSettings): FailingVerdict {
    return verdictOf(this.#failing, settings.disableAfterMs);
  }

  /** Whether this lane has disabled its endpoint: what was in flight then comes in afterwards, and disables nothing again. */
  get isDisabled(): boolean {
    return this.#disabled;
  }

  disabled(): void {
    this.#disabled = true;
  }

  /** A warning was told of; not before it was recorded, so that it is told once and not never. */
  warned(percent: number): void {
    if (this.#failing !== undefined) this.#failing = { ...this.#failing, warned: percent };
  }

  /** What has changed since somebody was last told. */
  news(): GateNews {
    const { kind } = this.#circuit;
    const opened = kind === "open" && !this.#toldOpen;
    const closed = kind === "closed" && this.#toldOpen;
    const circuit = opened ? "opened" : closed ? "closed" : undefined;
    return { circuit, troubled: isTroubleNew(this.#troubled, this.#trouble) };
  }

  /** The news were told; not before they were recorded. */
  told({ circuit, troubled }: GateNews): void {
    if (circuit !== undefined) this.#toldOpen = circuit === "opened";
    if (troubled && this.#troubled !== undefined) this.#troubled = { ...this.#troubled, told: true };
  }

  /** How often it may fail, and within how long. */
  get trouble(): TroubleSettings {
    return this.#trouble;
  }

  get failingSinceMs(): number {
    return this.#failing?.sinceMs ?? 0;
  }

  /**
   * As the row keeps it.
   * @param warned the share of the limit that is told of with this record
   * @param news what else is
   */
  standing(warned: number | undefined, news: GateNews): Standing {
    const [failing, troubled] = [this.#failing, this.#troubled];
    return {
      ...(this.#throttle.share < 1 ? { throttle: this.#throttle } : {}),
      ...(troubled === undefined ? {} : { troubled: { ...troubled, told: troubled.told || news.troubled } }),
      ...(failing === undefined ? {} : { failing: { ...failing, warned: warned ?? failing.warned } }),
    };
  }

  /** As the endpoint's row keeps it; 0 stands for "not set". */
  state() {
    const circuit = this.#circuit;
    return {
      circuit: circuit.kind,
      failures: circuit.failures,
      untilMs: circuit.kind === "open" ? circuit.untilMs : 0,
      quietUntilMs: this.#quietUntilMs,
      paceAtMs: this.#paceAtMs,
    };
  }
}
