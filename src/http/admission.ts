/** Turns requests away, before a byte of the body is read, where more are in hand than can be answered in time. */
import type { RequestHandler } from "express";
import { AdapterError } from "../core/errors.ts";

/**
 * A queue inside would answer everybody late; so the last to come is told at once to come again.
 * @param most requests in hand at a time, on this replica
 * @throws AdapterError `overloaded` (503 with Retry-After)
 */
export function admitAtMost(most: number): RequestHandler {
  let inHand = 0;
  return (_request, response, next) => {
    if (inHand >= most) throw new AdapterError("overloaded");
    inHand += 1;
    // `close` comes after `finish`, and also when the client went away first.
    response.once("close", () => {
      inHand -= 1;
    });
    next();
  };
}
