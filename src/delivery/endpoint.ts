/** An endpoint as its row holds it: where, what, how, and with which secrets. */
import { z } from "zod";
import { authorizationSchema, tlsTrustSchema } from "../core/delivery/access.ts";
import { dataFilterSchema } from "../core/delivery/data-filter.ts";
import { payloadContents } from "../core/notification/notification.ts";
import { retryAfterCeilingMs } from "../core/retry/retry-after.ts";
import { signatureForms } from "../core/signature/forms.ts";
import type { SigningPair } from "./webhook-keys/keys.ts";

const retry = z.union([
  z.object({ preset: z.enum(["standard", "short"]) }),
  z.object({
    attempts: z.int(),
    baseSeconds: z.number(),
    factor: z.number(),
    maxSeconds: z.number(),
    jitter: z.number(),
  }),
]);

/** What every kind of destination has. */
const transport = {
  url: z.string(),
  ordering: z.enum(["none", "per-job"]),
  concurrency: z.int(),
  ratePerSecond: z.number(),
  timeoutMs: z.int(),
  retry,
  breaker: z.object({ failures: z.int(), openMs: z.number() }),
  /** The longest quiet that the receiver may ask for by Retry-After. Rows of before this setting have none. */
  retryAfterCeilingMs: z.number().default(retryAfterCeilingMs),
  /** How long it may fail without one success before it is disabled; 0: for ever. */
  disableAfterMs: z.number().default(0),
  /** How long an event waits for an earlier one of the same job; then it goes first. */
  orderingMaxWaitMs: z.number().default(60 * 60 * 1000),
};

const webhookSettings = z.object({
  kind: z.literal("webhook"),
  ...transport,
  /** Patterns of event types. */
  events: z.array(z.string()),
  /** What an event must say besides. */
  filter: dataFilterSchema.default({}),
  payload: z.enum(["thin", "full"]),
  signature: z.enum(signatureForms),
  /** Signed by ed25519 (`v1a`) too; form `standard` only. */
  asymmetric: z.boolean().default(false),
  contact: z.string().optional(),
  disableAfterMs: z.number().default(120 * 60 * 60 * 1000),
});

const subscription = {
  ...transport,
  /** Absolute URL of the Subscription. */
  subscription: z.string(),
  /** API client whose it is. Rows of before this setting have none: their owner is judged by the sweep alone. */
  owner: z.string().optional(),
  /** Name of the topic, as in /topics/{name}. */
  topic: z.string(),
  content: z.enum(payloadContents),
  contentType: z.string(),
  /** What an event must say besides being of the topic. */
  filter: dataFilterSchema.default({}),
};

const restHookSettings = z.object({ kind: z.literal("fhir-rest-hook"), ...subscription });
/** Its events are numbered and kept for those who pull; no lane sends them. */
const websocketSettings = z.object({ kind: z.literal("fhir-websocket"), ...subscription });
const emailSettings = z.object({ kind: z.literal("fhir-email"), ...subscription });

export const endpointSettings = z.discriminatedUnion("kind", [
  webhookSettings,
  restHookSettings,
  websocketSettings,
  emailSettings,
]);
export type EndpointSettings = z.infer<typeof endpointSettings>;
export type WebhookSettings = z.infer<typeof webhookSettings>;
/** Of the endpoint behind a FHIR Subscription. */
export type SubscriptionSettings = Exclude<EndpointSettings, WebhookSettings>;

/** The sealed half of an endpoint. */
export const endpointSecrets = z.object({
  /** Current first. One without an end is valid until it is replaced. */
  signing: z.array(z.object({ value: z.string(), validUntilMs: z.number().optional() })),
  /** What the configuration file named last: only another value there is a rotation. */
  configured: z.string().optional(),
  headers: z.record(z.string(), z.string()),
  authorization: authorizationSchema.optional(),
  tls: tlsTrustSchema.optional(),
  /** What the file named last of headers, authorisation and TLS: only another text there undoes what the API changed. */
  filed: z
    .object({
      headers: z.record(z.string(), z.string()),
      authorization: authorizationSchema.nullable(),
      tls: tlsTrustSchema.nullable(),
    })
    .optional(),
  /** Digest of the request that made it, where that named an Idempotency-Key. Sealed: it covers secrets. */
  made: z.string().optional(),
});
export type EndpointSecrets = z.infer<typeof endpointSecrets>;

/** Secrets that sign at `nowMs`, current first. */
export function validSecrets(secrets: EndpointSecrets, nowMs: number): readonly string[] {
  return secrets.signing
    .filter((secret) => secret.validUntilMs === undefined || secret.validUntilMs > nowMs)
    .map((secret) => secret.value);
}

/** An endpoint that a lane works off. */
export interface Endpoint {
  readonly tenant: string;
  readonly id: string;
  readonly settings: EndpointSettings;
  readonly secrets: EndpointSecrets;
  /** Key pairs that sign besides, current first; where the endpoint asks for it. */
  readonly pairs?: readonly SigningPair[];
}

/** Binds the sealed half to its row: moved elsewhere it does not open. */
export function sealContext(tenant: string, id: string) {
  return { tenant, purpose: "endpoint", id, version: "secrets" };
}
