/** A webhook endpoint: verifies, takes each event once, answers at once, processes afterwards. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { WebhookError } from "./error.ts";
import type { WebhookEvent } from "./event.ts";
import type { WebhookHeaders } from "./headers.ts";
import { answerRefused, answerTaken, readRawBody } from "./http.ts";
import type { IdempotencyKey, IdempotencyStore } from "./idempotency.ts";
import { byEventId, defaultRetentionSeconds, memoryStore } from "./idempotency.ts";
import type { RawBody } from "./raw-body.ts";
import type { Verify, VerifierOptions } from "./verifier.ts";
import { createVerifier } from "./verifier.ts";

export interface ReceiverOptions extends VerifierOptions {
  /** Where claims are kept. Default: this process's memory. */
  readonly store?: IdempotencyStore;
  /** What makes two events the same one. Default: the event's id. */
  readonly idempotencyKey?: IdempotencyKey;
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * Told of what went wrong once it was too late to answer, or on this side: `event` could not be processed, or (without an
   * event) the store failed. Default: a warning of the process.
   */
  readonly onError?: (error: unknown, event: WebhookEvent | undefined) => void;
}

/** An event that was verified, and whether it is the first of its kind. */
export interface Receipt {
  readonly event: WebhookEvent;
  /** True: taken before. Answer 2xx and do nothing. */
  readonly duplicate: boolean;
  /** Gives the claim back, for an event that could not be processed. */
  readonly release: () => Promise<void>;
}

/** What became of one request. */
export type Handled =
  | { readonly outcome: "processed" | "duplicate"; readonly event: WebhookEvent }
  | { readonly outcome: "failed"; readonly event: WebhookEvent; readonly error: unknown }
  | { readonly outcome: "refused"; readonly error: WebhookError }
  /** The sender closed the connection before the body was whole: there is nobody to answer. */
  | { readonly outcome: "aborted"; readonly error: unknown };

export interface Receiver {
  /** The event that headers and raw body carry; throws a WebhookError. Remembers nothing. */
  readonly verify: Verify;
  /** Verifies and claims; rejects with a WebhookError. For servers that are not Node's. */
  readonly receive: (headers: WebhookHeaders, rawBody: RawBody) => Promise<Receipt>;
  /**
   * Answers a request of node:http (or Express): 204 at once, then calls `process`; a duplicate gets 204 and no call, a
   * request that is no webhook 4xx with its reason. When `process` fails, the claim is released and `onError` told: the
   * sender has its 204 and will not send again by itself. Rejects with nothing but what `onError` throws.
   */
  readonly handle: (
    request: IncomingMessage,
    response: ServerResponse,
    process: (event: WebhookEvent) => Promise<void> | void,
  ) => Promise<Handled>;
}

function warn(error: unknown, event: WebhookEvent | undefined): void {
  const what = event === undefined ? "the store of claims failed" : `event ${event.id} was not processed`;
  process.emitWarning(`${what}: ${error instanceof Error ? error.name : typeof error}`, { code: "WEBHOOK_RECEIVER" });
}

/** Makes a receiver. Throws a TypeError when no usable key is given: a receiver that checks nothing must not start. */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { now = Date.now, retentionSeconds = defaultRetentionSeconds, onError = warn } = options;
  const { store = memoryStore({ now }), idempotencyKey = byEventId, maxBodyBytes = 1024 * 1024 } = options;
  const verify = createVerifier({ ...options, retentionSeconds });

  async function receive(headers: WebhookHeaders, rawBody: RawBody): Promise<Receipt> {
    const event = verify(headers, rawBody);
    try {
      const key = idempotencyKey(event);
      const claim = await store.claim(key, now() + retentionSeconds * 1000, event);
      return { event, duplicate: claim === "seen", release: async () => store.release(key) };
    } catch (cause) {
      throw new WebhookError("store_failed", "the event could not be noted; send it again", { cause });
    }
  }

  async function processed(receipt: Receipt, process: (event: WebhookEvent) => Promise<void> | void): Promise<Handled> {
    const { event } = receipt;
    try {
      await process(event);
      return { outcome: "processed", event };
    } catch (error) {
      await receipt.release().catch((failure: unknown) => onError(failure, undefined));
      onError(error, event);
      return { outcome: "failed", event, error };
    }
  }

  const handle: Receiver["handle"] = async (request, response, process) => {
    let receipt: Receipt;
    try {
      receipt = await receive(request.headers, await readRawBody(request, maxBodyBytes));
    } catch (error) {
      if (!(error instanceof WebhookError)) return { outcome: "aborted", error };
      if (error.status >= 500) onError(error.cause ?? error, undefined);
      answerRefused(response, error);
      return { outcome: "refused", error };
    }
    answerTaken(response);
    return receipt.duplicate ? { outcome: "duplicate", event: receipt.event } : processed(receipt, process);
  };

  return { verify, receive, handle };
}
