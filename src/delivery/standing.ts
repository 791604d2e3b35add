/** How an endpoint has stood lately, as its row keeps it between lanes. */
import { z } from "zod";
import type { Failing } from "../core/delivery/failing.ts";
import type { Troubled } from "../core/delivery/troubled.ts";
import type { Throttle } from "../core/delivery/throttle.ts";

export interface Standing {
  readonly throttle?: Throttle | undefined;
  readonly failing?: Failing | undefined;
  readonly troubled?: Troubled | undefined;
}

const standing = z.object({
  throttle: z.object({ share: z.number(), atMs: z.number() }).optional(),
  failing: z.object({ sinceMs: z.number(), lastMs: z.number(), warned: z.number() }).optional(),
  troubled: z.object({ failedAtMs: z.array(z.number()), told: z.boolean() }).optional(),
});

/** What cannot be read is forgotten: the next attempts tell anew. */
export function readStanding(value: unknown): Standing {
  const parsed = standing.safeParse(value);
  return parsed.success ? parsed.data : {};
}
