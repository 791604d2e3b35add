/** What is to be done next about a Subscription at an EHR, by what is known of it. Pure: who does it is elsewhere. */
import type { Manner } from "./request.ts";

export type SubscriptionPhase =
  /** To be asked for. */
  | "wanted"
  /** The EHR has taken it; that proves nothing. */
  | "requested"
  /** A handshake, an answer of $status, or a notification came. */
  | "proven"
  /** It did prove itself, and has fallen silent. */
  | "silent"
  /** The EHR does not take it. */
  | "refused"
  /** Taken, and never heard of. */
  | "unproven"
  /** No longer wanted: to be taken away at the EHR. */
  | "ended";

export interface SubscriptionStanding {
  readonly phase: SubscriptionPhase;
  readonly manner: Manner;
  /** Id at the EHR. */
  readonly remote: string | undefined;
  /** Milliseconds since 1970; of the last request that asked for a proof. */
  readonly askedAtMs: number;
  /** Of the last sign of life. */
  readonly heardAtMs: number;
  /** Of the last look at the EHR. */
  readonly checkedAtMs: number;
  /** The EHR keeps the heartbeat that it was asked for. */
  readonly beats: boolean;
  readonly gap: boolean;
  readonly endAtMs: number;
}

export interface SubscriptionTerms {
  readonly heartbeatMs: number;
  readonly patienceMs: number;
  /** For how long a Subscription is asked for. */
  readonly endMs: number;
}

export type Step = "create" | "ask" | "reactivate" | "renew" | "close-gap" | "give-up" | "remove" | "rest";

/** What was refused or never proved itself is asked for again after so long: EHRs are updated. */
export const anewMs = 24 * 3_600_000;
/**
 * R4's own Subscriptions have no heartbeat: that one is still there is looked at so often. An EHR gives them up after a few
 * calls in vain, while we are deployed for one, and says so nowhere else.
 */
const plainLookMs = 60_000;
/** Missed heartbeats that make silence. */
const missedBeats = 2.5;

export function isSilent(standing: SubscriptionStanding, { heartbeatMs }: SubscriptionTerms, nowMs: number): boolean {
  return standing.beats && nowMs - standing.heardAtMs >= missedBeats * heartbeatMs;
}

/** The step that is due now; `rest` where none is. */
export function nextStep(standing: SubscriptionStanding, terms: SubscriptionTerms, nowMs: number): Step {
  return stepsOf(standing, terms).find(({ atMs }) => atMs <= nowMs)?.step ?? "rest";
}

/** When the next step falls due. */
export function nextCheckMs(standing: SubscriptionStanding, terms: SubscriptionTerms): number {
  return Math.min(...stepsOf(standing, terms).map(({ atMs }) => atMs));
}

interface Due {
  readonly step: Exclude<Step, "rest">;
  readonly atMs: number;
}

/** The most pressing first. */
function stepsOf(standing: SubscriptionStanding, terms: SubscriptionTerms): readonly Due[] {
  const { phase, remote, askedAtMs } = standing;
  if (phase === "ended") return [{ step: "remove", atMs: 0 }];
  if (phase === "refused" || phase === "unproven") return [{ step: "create", atMs: askedAtMs + anewMs }];
  if (remote === undefined) return [{ step: "create", atMs: 0 }];
  const ends: Due = { step: "renew", atMs: standing.endAtMs - terms.endMs / 3 };
  if (phase === "silent") return [{ step: "reactivate", atMs: 0 }];
  if (phase === "requested") return [...proofSteps(standing, terms), ends];
  return [...gapSteps(standing), ...lifeSteps(standing, terms), ends];
}

/** At once: heartbeats go on coming meanwhile, and what was out of turn only is dropped when it comes. */
function gapSteps({ gap }: SubscriptionStanding): readonly Due[] {
  return gap ? [{ step: "close-gap", atMs: 0 }] : [];
}

/** A topic must prove itself in time. A search needs a first change in the EHR for that, and costs nothing meanwhile. */
function proofSteps(standing: SubscriptionStanding, { patienceMs, heartbeatMs }: SubscriptionTerms): readonly Due[] {
  const { manner, askedAtMs, checkedAtMs } = standing;
  const ask: Due = { step: "ask", atMs: Math.max(checkedAtMs, askedAtMs) + Math.min(patienceMs / 4, heartbeatMs) };
  if (manner === "topic") return [{ step: "give-up", atMs: askedAtMs + patienceMs }, ask];
  return [{ step: "ask", atMs: Math.max(checkedAtMs, askedAtMs) + plainLookMs }];
}

/** Quiet for a heartbeat: the EHR is asked how the Subscription stands. Silent for longer than it promised: so it is taken. */
function lifeSteps(standing: SubscriptionStanding, { heartbeatMs }: SubscriptionTerms): readonly Due[] {
  const { manner, heardAtMs, checkedAtMs, beats } = standing;
  const quietMs = manner === "topic" ? heartbeatMs : plainLookMs;
  const ask: Due = { step: "ask", atMs: Math.max(heardAtMs, checkedAtMs) + quietMs };
  return beats ? [{ step: "reactivate", atMs: heardAtMs + missedBeats * heartbeatMs }, ask] : [ask];
}
