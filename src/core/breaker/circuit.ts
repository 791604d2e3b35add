/** The circuit of an endpoint as a state machine: closed -> open -> half-open -> closed | open. */

export interface CircuitSettings {
  /** Failures in a row that open the circuit. */
  readonly failures: number;
  readonly openMs: number;
}

export type CircuitState =
  | { readonly kind: "closed"; readonly failures: number }
  | { readonly kind: "open"; readonly failures: number; readonly untilMs: number }
  /** One probe is on its way; nothing else is sent until it has told. */
  | { readonly kind: "half-open"; readonly failures: number };

export const closedCircuit: CircuitState = { kind: "closed", failures: 0 };

/** What is known after an attempt. `neutral` is an answer that says nothing of the endpoint's health (429). */
export type CircuitSignal = "success" | "failure" | "neutral";

/** How many requests may be in flight now: all, one probe, or none. */
export type Admission = "all" | "probe" | "none";

/** Whether anything may be sent at `nowMs`. */
export function admission(state: CircuitState, nowMs: number): Admission {
  if (state.kind === "closed") return "all";
  if (state.kind === "open") return nowMs < state.untilMs ? "none" : "probe";
  return "probe";
}

/** The state once a request is let through; only an open circuit whose time has come changes by it. */
export function onAdmit(state: CircuitState, nowMs: number): CircuitState {
  const probing = state.kind === "open" && nowMs >= state.untilMs;
  return probing ? { kind: "half-open", failures: state.failures } : state;
}

/** The state after one attempt's result. Results that arrive while the circuit is open change nothing but their count. */
export function onResult(
  state: CircuitState,
  signal: CircuitSignal,
  nowMs: number,
  settings: CircuitSettings,
): CircuitState {
  if (signal === "neutral") return state;
  if (signal === "success") return state.kind === "open" ? state : closedCircuit;
  const failures = state.failures + 1;
  if (state.kind === "open") return { ...state, failures };
  const opens = state.kind === "half-open" || failures >= settings.failures;
  return opens ? { kind: "open", failures, untilMs: nowMs + settings.openMs } : { kind: "closed", failures };
}
