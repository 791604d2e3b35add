/** The replay window: how far a signed time may lie from now. */
import { WebhookError } from "./error.ts";

export interface ReplayWindow {
  readonly nowMs: number;
  readonly toleranceSeconds: number;
}

/** Throws `too_old` or `too_new`. Both ways: a time in the future would keep a captured request fresh for as long. */
export function checkWindow(timeMs: number, { nowMs, toleranceSeconds }: ReplayWindow): void {
  const ageMs = nowMs - timeMs;
  const limitMs = toleranceSeconds * 1000;
  if (ageMs > limitMs) throw new WebhookError("too_old", `signed more than ${toleranceSeconds} s ago`);
  if (ageMs < -limitMs) throw new WebhookError("too_new", `signed more than ${toleranceSeconds} s in the future`);
}
