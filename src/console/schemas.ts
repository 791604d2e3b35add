/** Requests and answers of the endpoint API (contract, sections 3 and 5). OpenAPI is generated from these same schemas. */
import { z } from "zod";
import { writtenEndpointSchema } from "../config/tenant-schema.ts";
import { publicEventTypes } from "../core/event/event.ts";
import { sampleTypes } from "../core/event/sample.ts";

const time = z.iso.datetime().meta({ description: "RFC 3339, UTC." });
const moment = z.iso.datetime({ offset: true });
const limit = z.coerce.number().int().min(1).max(200).default(50);
const cursor = z.string().min(1).max(1400).optional();
const perSecond = z
  .number()
  .min(0.1)
  .max(10_000)
  .default(20)
  .meta({ description: "How many become due in a second; the endpoint's own rate holds besides." });
const secret = z.string().min(16).max(200);

/** A list of names with commas between, or the list itself. */
const typesQuery = z
  .string()
  .max(1000)
  .transform((value) => value.split(",").map((name) => name.trim()))
  .pipe(z.array(z.enum(publicEventTypes)))
  .optional();

export const createEndpointBody = writtenEndpointSchema
  .extend({
    secret: secret
      .optional()
      .meta({ description: "The receiver's own; absent: one is made, and shown in the answer." }),
    verify: z
      .boolean()
      .default(false)
      .meta({ description: "Hold events until the endpoint has answered a challenge." }),
  })
  .meta({ id: "CreateEndpoint" });

/** Defaults must not come into a change: what is absent stays as it is. */
const changeable = writtenEndpointSchema.omit({ id: true });
export const changeEndpointBody = z
  .strictObject(
    Object.fromEntries(
      Object.entries(changeable.shape).map(([name, schema]) => [name, withoutDefault(schema).optional()]),
    ) as {
      [Name in keyof typeof changeable.shape]: z.ZodOptional<z.ZodType<z.output<(typeof changeable.shape)[Name]>>>;
    },
  )
  .meta({ id: "ChangeEndpoint" });

function withoutDefault(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return withoutDefault(schema.unwrap() as z.ZodType);
  return schema;
}

export const rotateBody = z
  .strictObject({
    secret: secret.optional(),
    overlapHours: z
      .number()
      .min(0)
      .max(7 * 24)
      .default(24)
      .meta({ description: "How long the secret before goes on signing beside the new one; 0 ends it at once." }),
  })
  .meta({ id: "RotateSecret" });

export const rotateKeysBody = z
  .strictObject({
    overlapHours: z
      .number()
      .min(1)
      .max(30 * 24)
      .default(7 * 24)
      .meta({ description: "How long the key before goes on signing, and being published, beside the new one." }),
  })
  .meta({ id: "RotateWebhookKeys" });

export const webhookKeysAnswer = z
  .object({
    items: z.array(z.object({ kid: z.string(), publicKey: z.string(), createdAt: time, validUntil: time.optional() })),
    keySet: z.string().meta({ description: "Address of the same as a JWK Set." }),
  })
  .meta({ id: "WebhookKeys" });

export const rotateAnswer = z
  .object({ secret: z.string(), previousValidUntil: time.optional() })
  .meta({ id: "RotatedSecret" });

export const endpointAnswer = z
  .looseObject({
    id: z.string(),
    origin: z.enum(["config", "api", "subscription", "callback"]),
    status: z.enum(["pending", "unverified", "active", "paused", "disabled"]),
    revision: z.int(),
    url: z.string(),
  })
  .meta({ id: "Endpoint", description: "Settings as they were written, and how the endpoint is. Never a secret." });

export const madeAnswer = z.object({ endpoint: endpointAnswer, secret: z.string() }).meta({ id: "MadeEndpoint" });

export const endpointListQuery = z.strictObject({ limit, cursor });

export const testQuery = z.strictObject({
  type: z
    .enum(sampleTypes)
    .optional()
    .meta({ description: "Send this type's example, marked by `data.test`; absent: `endpoint.test`." }),
});

export const trialAnswer = z
  .object({
    id: z.string().meta({ description: "`webhook-id` of the request." }),
    ok: z.boolean(),
    code: z.string(),
    httpStatus: z.int().optional(),
    durationMs: z.int(),
  })
  .meta({ id: "Trial" });

export const statsQuery = z.strictObject({ window: z.enum(["1h", "24h", "7d"]).default("1h") });

const milliseconds = z.number().meta({ description: "Milliseconds." });
const share = z.number().meta({ description: "Of the requests sent, 0 to 1." });
export const statsAnswer = z
  .object({
    window: z.enum(["1h", "24h", "7d"]),
    since: time.meta({ description: "Since when the figures count; later than asked where there was too much." }),
    complete: z.boolean().meta({ description: "False: the newest 100,000 attempts stand for the window." }),
    attempts: z.int(),
    delivered: z.int(),
    deliveriesPerSecond: z.number(),
    successRate: share.optional(),
    errorRate: share.optional(),
    latencyMs: z.object({ p50: milliseconds, p90: milliseconds, p99: milliseconds }).optional(),
    arrivalMs: z
      .object({ p50: milliseconds, p99: milliseconds })
      .optional()
      .meta({ description: "From the event to its arrival; replays apart." }),
    byCode: z.record(z.string(), z.int()),
    backlog: z.object({
      pending: z.int().meta({ description: "Counted up to 10,000, as are the others." }),
      oldestAt: time.optional(),
      oldestSeconds: z.number().optional(),
      dead: z.int(),
      held: z.int(),
    }),
  })
  .meta({ id: "EndpointStats" });

const outcomes = z.enum(["delivered", "retry", "dead", "withheld", "held"]);
export const attemptsQuery = z.strictObject({
  delivery: z.string().max(200).optional(),
  outcome: outcomes.optional(),
  since: moment.optional(),
  limit,
  cursor,
});

export const attemptAnswer = z
  .object({
    delivery: z.string(),
    number: z.int(),
    event: z.string().optional(),
    type: z.string().optional(),
    outcome: outcomes,
    code: z.string(),
    httpStatus: z.int().optional(),
    responseBytes: z.int(),
    durationMs: z.int(),
    startedAt: time,
    retryAt: time.optional(),
  })
  .meta({ id: "Attempt" });

export const deliveryAnswer = z
  .object({
    id: z.string(),
    endpoint: z.string(),
    endpointSequence: z.int(),
    event: z.string(),
    type: z.string(),
    subject: z.string(),
    sequence: z.int(),
    state: z.enum(["pending", "delivered", "dead", "withheld", "held"]),
    code: z.string().optional(),
    attempts: z.int(),
    overtook: z.string().optional().meta({
      description: "With `per-job` ordering: the earlier delivery of the same job that this one waited for no longer.",
    }),
    dueAt: time.optional(),
    createdAt: time,
    doneAt: time.optional(),
  })
  .meta({ id: "Delivery" });

export const deliveryLifeAnswer = deliveryAnswer
  .extend({
    history: z.array(
      attemptAnswer.extend({
        answer: z.string().optional().meta({
          description: "What the receiver answered, the first 4 KB as text. Reading it stands in the audit log.",
        }),
      }),
    ),
  })
  .meta({ id: "DeliveryLife" });

export const listOf = (items: z.ZodType) => z.object({ items: z.array(items), next: z.string().nullable() });

const state = z.enum(["dead", "held"]);
export const keptQuery = z.strictObject({
  state: state.optional(),
  endpoint: z.string().max(128).optional(),
  types: typesQuery,
  since: moment.optional(),
  until: moment.optional(),
  limit,
  cursor,
});

export const owedQuery = z
  .strictObject({
    event: z.string().min(1).max(64).optional().meta({ description: "`webhook-id`, the event's id." }),
    subject: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: "`job/<id>`, `batch/<id>` or `endpoint/<id>`; a bare id is a job's." }),
    endpoint: z.string().max(128).optional(),
    limit,
    cursor,
  })
  .refine(({ event, subject }) => (event === undefined) !== (subject === undefined), {
    message: "give either event or subject",
    path: ["event"],
  });

export const replayBody = z
  .strictObject({
    endpoint: z.string().max(128).optional(),
    types: z.array(z.enum(publicEventTypes)).nonempty().optional(),
    since: moment.optional(),
    until: moment.optional(),
    deliveries: z.array(z.string().max(200)).nonempty().max(1000).optional(),
    state: state.optional(),
    perSecond,
  })
  .refine((value) => Object.keys(value).some((name) => name !== "perSecond"), {
    message: "say what is to be replayed: endpoint, types, since, until, state or deliveries",
  })
  .meta({ id: "Replay" });

export const recoverQuery = z.strictObject({
  since: moment,
  only: z.enum(["failed", "missing"]).optional(),
  perSecond: z.coerce.number().min(0.1).max(10_000).default(20),
});

export const queuedAnswer = z.object({ queued: z.int() }).meta({ id: "Queued" });

export const egressAnswer = z
  .object({ addresses: z.array(z.string()).meta({ description: "CIDR blocks, as the operator published them." }) })
  .meta({ id: "EgressAddresses" });
