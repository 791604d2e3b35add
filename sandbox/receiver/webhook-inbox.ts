/** What a webhook endpoint has received: one message per `webhook-id`, with every attempt at it. */
import { createHash } from "node:crypto";
import { z } from "zod";

export interface WebhookAttempt {
  readonly at: string;
  /** By npm `standardwebhooks`: signature and timestamp against one of the endpoint's secrets. */
  readonly verified: boolean;
  /** Why it was not verified, in the library's words. */
  readonly reason: string | undefined;
  /** What the receiver answered; undefined while it hangs, and when it broke the connection. */
  status: number | undefined;
  readonly fault: string | undefined;
  /** A verified message that had been taken before: acknowledged, and not processed again. */
  readonly duplicate: boolean;
  readonly bodySha256: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebhookMessage {
  readonly endpoint: string;
  readonly id: string;
  readonly type: string | undefined;
  readonly job: string | undefined;
  /** `Patient/id`, where the event names one. */
  readonly patient: string | undefined;
  readonly jobSequence: number | undefined;
  readonly endpointSequence: number | undefined;
  /** At least one attempt was verified; the body is then the first verified one's. */
  verified: boolean;
  /** Taken exactly once, at this time; undefined when it was only refused. */
  processedAt: string | undefined;
  body: string;
  readonly attempts: WebhookAttempt[];
}

const envelope = z.object({
  id: z.string().optional(),
  type: z.string().optional(),
  data: z
    .object({
      job: z.string().optional(),
      patient: z.string().optional(),
      jobSequence: z.number().optional(),
      endpointSequence: z.number().optional(),
    })
    .optional(),
});

/** A message seen for the first time; what its body does not say stays undefined. */
export function newMessage(endpoint: string, id: string, body: string): WebhookMessage {
  const parsed = envelope.safeParse(parseJson(body));
  const event = parsed.success ? parsed.data : {};
  return {
    endpoint,
    id,
    type: event.type,
    job: event.data?.job,
    patient: event.data?.patient,
    jobSequence: event.data?.jobSequence,
    endpointSequence: event.data?.endpointSequence,
    verified: false,
    processedAt: undefined,
    body,
    attempts: [],
  };
}

/** The `webhook-id` header must be the body's `id`: a receiver that dedupes by either must come to the same end. */
export function bodyIdDiffers(id: string, body: string): boolean {
  const parsed = envelope.safeParse(parseJson(body));
  return parsed.success && parsed.data.id !== undefined && parsed.data.id !== id;
}

/** Numbers missing below the highest endpointSequence that was processed: what a receiver would go and ask for. */
export function missingSequences(messages: readonly WebhookMessage[]): readonly number[] {
  const seen = new Set<number>();
  for (const { endpointSequence, processedAt } of messages) {
    if (endpointSequence !== undefined && processedAt !== undefined) seen.add(endpointSequence);
  }
  const highest = Math.max(0, ...seen);
  return Array.from({ length: highest }, (_, index) => index + 1).filter((number) => !seen.has(number));
}

/** Ids whose attempts did not all carry the same bytes. */
export function changedBodies(messages: readonly WebhookMessage[]): readonly string[] {
  const changed = messages.filter(({ attempts }) => new Set(attempts.map((a) => a.bodySha256)).size > 1);
  return changed.map(({ id }) => id);
}

export function sha256Hex(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
