/** Why a request is not taken for a webhook of the sender's. */

/** HTTP status that each reason is answered with. Never 410: to the sender that says that the endpoint is gone for good. */
const statuses = {
  /** A `webhook-*` header is not there. */
  missing_header: 400,
  /** A header is there twice, or holds what the form does not know. */
  malformed_header: 400,
  /** Signed longer ago than the tolerance: a replay, or a clock that is wrong. */
  too_old: 401,
  /** Signed further in the future than the tolerance: one of the two clocks is wrong. */
  too_new: 401,
  /** No entry of the header is of a scheme that a key is known for, such as only `v1a` where there are only secrets. */
  unknown_scheme: 401,
  /** No known key made the signature: another secret, or bytes that were changed on the way. */
  no_match: 401,
  /** The signed id in the header is not the body's. */
  id_mismatch: 400,
  /** The signature is right, but the body is no event. */
  malformed_body: 400,
  body_too_large: 413,
  method_not_allowed: 405,
  /** The receiver was handed something parsed: a fault of its own set-up, so the sender is asked to try again. */
  body_not_raw: 500,
  /** The store of claims failed: nothing was taken, so the sender is asked to try again. */
  store_failed: 503,
} as const;

export type WebhookErrorCode = keyof typeof statuses;

/** A request that was not taken. `message` holds no value of the request: it may be logged and answered. */
export class WebhookError extends Error {
  readonly code: WebhookErrorCode;
  /** HTTP status to answer with. */
  readonly status: number;

  constructor(code: WebhookErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "WebhookError";
    this.code = code;
    this.status = statuses[code];
  }
}
