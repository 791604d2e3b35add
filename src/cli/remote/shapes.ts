/** What commands read of the adapter's answers. Loose: a newer adapter may say more. */
import { z } from "zod";

export const endpointShape = z.looseObject({
  id: z.string(),
  origin: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  revision: z.int(),
  url: z.string(),
  events: z.array(z.string()).optional(),
  filter: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]))).optional(),
  payload: z.string().optional(),
  signature: z.string().optional(),
  ordering: z.string().optional(),
  circuit: z.looseObject({ state: z.string(), failures: z.int(), until: z.string().optional() }).optional(),
  quietUntil: z.string().optional(),
  secrets: z.array(z.looseObject({ validUntil: z.string().optional() })).optional(),
  headers: z.array(z.string()).optional(),
  lastSuccessAt: z.string().optional(),
  lastFailureAt: z.string().optional(),
  backlog: z
    .looseObject({ pending: z.int(), dead: z.int(), held: z.int(), oldestAt: z.string().optional() })
    .optional(),
});
export type RemoteEndpoint = z.output<typeof endpointShape>;

export const attemptShape = z.looseObject({
  delivery: z.string(),
  number: z.int(),
  event: z.string().optional(),
  type: z.string().optional(),
  outcome: z.string(),
  code: z.string(),
  httpStatus: z.int().optional(),
  responseBytes: z.int(),
  durationMs: z.number(),
  startedAt: z.string(),
  retryAt: z.string().optional(),
  answer: z.string().optional(),
});
export type RemoteAttempt = z.output<typeof attemptShape>;

export const deliveryShape = z.looseObject({
  id: z.string(),
  endpoint: z.string(),
  endpointSequence: z.int(),
  event: z.string(),
  type: z.string(),
  subject: z.string(),
  sequence: z.int(),
  state: z.string(),
  code: z.string().optional(),
  attempts: z.int(),
  overtook: z.string().optional(),
  dueAt: z.string().optional(),
  createdAt: z.string(),
  doneAt: z.string().optional(),
});
export type RemoteDelivery = z.output<typeof deliveryShape>;

export const lifeShape = deliveryShape.extend({ history: z.array(attemptShape) });
export type RemoteLife = z.output<typeof lifeShape>;

export const trialShape = z.looseObject({
  id: z.string(),
  ok: z.boolean(),
  code: z.string(),
  httpStatus: z.int().optional(),
  durationMs: z.number(),
});

export const statsShape = z.looseObject({
  window: z.string(),
  since: z.string(),
  attempts: z.int(),
  delivered: z.int(),
  deliveriesPerSecond: z.number(),
  successRate: z.number().optional(),
  latencyMs: z.looseObject({ p50: z.number(), p90: z.number(), p99: z.number() }).optional(),
  arrivalMs: z.looseObject({ p50: z.number(), p99: z.number() }).optional(),
  byCode: z.record(z.string(), z.int()),
  backlog: z.looseObject({ pending: z.int(), oldestSeconds: z.number().optional(), dead: z.int(), held: z.int() }),
});
export type RemoteStats = z.output<typeof statsShape>;

export const queuedShape = z.looseObject({ queued: z.int() });

export const pageOf = <T>(
  item: z.ZodType<T>,
): z.ZodType<{ readonly items: readonly T[]; readonly next: string | null }> =>
  z.object({ items: z.array(item), next: z.string().nullable() });

/** What commands look at in an event. What is passed on is the event as it came. */
export const envelopeShape = z.looseObject({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type RemoteEvent = z.output<typeof envelopeShape>;

export const feedShape = z.object({ events: z.array(z.unknown()), cursor: z.string(), more: z.boolean() });
