/** What an endpoint may be sent right now: its circuit, its pace and the quiet it asked for, carried from lane to lane. */
import type { Admission, CircuitState } from "../core/breaker/circuit.ts";
import { admission, onAdmit, onResult } from "../core/breaker/circuit.ts";
import { paceAfter, paceDelayMs } from "../core/delivery/pace.ts";
import type { AttemptResult } from "./attempt.ts";
import type { EndpointSettings } from "./endpoint.ts";
import type { TakenRow } from "./lane-store.ts";

function circuitOf(row: TakenRow): CircuitState {
  const failures = row.circuit_failures;
  if (row.circuit === "open") return { kind: "open", failures, untilMs: row.circuit_until_ms };
  return { kind: row.circuit, failures };
}

export class LaneGate {
  #circuit: CircuitState;
  #paceAtMs: number;
  #quietUntilMs = 0;

  constructor(row: TakenRow) {
    this.#circuit = circuitOf(row);
    this.#paceAtMs = row.pace_at_ms;
  }

  admission(nowMs: number): Admission {
    return nowMs < this.#quietUntilMs ? "none" : admission(this.#circuit, nowMs);
  }

  /** Milliseconds until the next request keeps to the rate; 0 means now. The burst is what may be in flight anyway. */
  paceDelayMs(settings: EndpointSettings, nowMs: number): number {
    return paceDelayMs(this.#paceAtMs, nowMs, { perSecond: settings.ratePerSecond, burst: settings.concurrency });
  }

  /** Notes one request that is let through. */
  admit(settings: EndpointSettings, nowMs: number): void {
    this.#circuit = onAdmit(this.#circuit, nowMs);
    this.#paceAtMs = paceAfter(this.#paceAtMs, nowMs, {
      perSecond: settings.ratePerSecond,
      burst: settings.concurrency,
    });
  }

  /** Notes what one request came to. */
  settle(result: AttemptResult, settings: EndpointSettings, nowMs: number): void {
    this.#circuit = onResult(this.#circuit, result.signal, nowMs, settings.breaker);
    const { outcome } = result;
    if (outcome.kind === "retry" && outcome.quietMs !== undefined) {
      this.#quietUntilMs = Math.max(this.#quietUntilMs, nowMs + outcome.quietMs);
    }
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
