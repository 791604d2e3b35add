/** Turns requests away, before a byte of the body is read, where more are in hand than can be answered in time. */
import type { Request, RequestHandler } from "express";
import { AdapterError } from "../core/errors.ts";
import type { LoopLag } from "./loop-lag.ts";
import { watchLoop } from "./loop-lag.ts";

/**
 * Who has not sent the whole body by then gives way to who comes, where all places are taken. Otherwise a few sockets that
 * send a byte now and then, and need no credential for it, would keep every hospital's calls out.
 */
const MOST_SENDING_MS = 2_000;

/** A loop that is this late answers what comes now after half the time that an EHR waits, before anything was done for it. */
const MOST_LAG_MS = 250;
/** So few in hand are not what makes it late. */
const FEW = 8;

export interface AdmissionDeps {
  /** Milliseconds; monotonic. */
  readonly now: () => number;
  readonly lag: LoopLag;
}

/**
 * A queue inside would answer everybody late; so the last to come is told at once to come again. A queue before the door,
 * of requests that a busy loop has not read yet, cannot be counted, but is felt by how late the loop is.
 * @param most requests in hand at a time, on this replica
 * @throws AdapterError `overloaded` (503 with Retry-After)
 */
export function admitAtMost(
  most: number,
  { now, lag }: AdmissionDeps = { now: () => performance.now(), lag: watchLoop() },
): RequestHandler {
  /** By time of arrival, the first first. */
  const inHand = new Map<Request, number>();

  function makeRoom(): boolean {
    const latest = now() - MOST_SENDING_MS;
    for (const [request, arrivedMs] of inHand) {
      if (arrivedMs > latest) return false;
      if (request.complete) continue;
      inHand.delete(request);
      // Nothing can be said to it: an answer in mid-body is not read by most clients.
      request.socket.destroy();
      return true;
    }
    return false;
  }

  return (request, response, next) => {
    const crowded = inHand.size >= FEW && lag.ms() > MOST_LAG_MS;
    if (crowded || (inHand.size >= most && !makeRoom())) throw new AdapterError("overloaded");
    inHand.set(request, now());
    // `close` comes after `finish`, and also when the client went away first.
    response.once("close", () => inHand.delete(request));
    next();
  };
}
