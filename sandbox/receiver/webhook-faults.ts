/** How a hospital's webhook endpoint misbehaves, and how the receiver acts each of them out. */
import type { Response } from "express";
import { z } from "zod";

/**
 * `status` answers with it (and with `retryAfter` where given) and takes nothing. `lost-answer` takes the message and then
 * answers 500: what makes duplicates. `hang` never answers. `slow-drip` sends a byte a second and never ends.
 * `reset` breaks the connection. `redirect` answers 302 to `location`.
 */
export const webhookFault = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("status"),
    status: z.int().min(300).max(599),
    /** Seconds, or an HTTP date. */
    retryAfter: z.string().optional(),
  }),
  z.object({ kind: z.literal("redirect"), location: z.string() }),
  z.object({ kind: z.enum(["hang", "slow-drip", "reset", "lost-answer"]) }),
]);

export type WebhookFault = z.infer<typeof webhookFault>;

/** Acts the fault out on an attempt. `lost-answer` is the caller's to take first. */
export function actOut(res: Response, fault: WebhookFault): void {
  switch (fault.kind) {
    case "status":
      if (fault.retryAfter !== undefined) res.setHeader("retry-after", fault.retryAfter);
      res.status(fault.status).end();
      return;
    case "redirect":
      res.redirect(302, fault.location);
      return;
    case "lost-answer":
      res.status(500).end();
      return;
    case "reset":
      res.socket?.resetAndDestroy();
      return;
    case "slow-drip":
      drip(res);
      return;
    case "hang":
      return;
  }
}

function drip(res: Response): void {
  res.writeHead(200, { "content-type": "text/plain" });
  const timer = setInterval(() => res.write("."), 1000);
  res.write(".");
  res.once("close", () => clearInterval(timer));
}
