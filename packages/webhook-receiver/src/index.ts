/** Receiving Handover's webhooks. */
export { WebhookError } from "./error.ts";
export type { WebhookErrorCode } from "./error.ts";
export type { EventData, SummaryReference, WebhookEvent } from "./event.ts";
export type { HeaderValue, WebhookHeaders } from "./headers.ts";
export { byEventId, byJobAndVersion, defaultRetentionSeconds, memoryStore } from "./idempotency.ts";
export type { IdempotencyKey, IdempotencyStore, MemoryStoreOptions } from "./idempotency.ts";
export type { Ed25519Jwk } from "./keys.ts";
export { createSequenceTracker, isNewer, versionOf } from "./order.ts";
export type {
  AppliedVersion,
  SequenceFinding,
  SequenceName,
  SequenceTracker,
  SequenceTrackerOptions,
} from "./order.ts";
export type { RawBody } from "./raw-body.ts";
export { createReceiver } from "./receiver.ts";
export type { Handled, Receipt, Receiver, ReceiverOptions } from "./receiver.ts";
export type { SignatureForm, Verify, VerifierOptions } from "./verifier.ts";
