/** From headers and bytes to an event that is known to be the sender's. */
import type { KeyObject } from "node:crypto";
import type { BodyForm } from "./body-forms.ts";
import { checkBodyForm, signsTime } from "./body-forms.ts";
import { WebhookError } from "./error.ts";
import type { WebhookEvent } from "./event.ts";
import { parseEvent } from "./event.ts";
import type { WebhookHeaders } from "./headers.ts";
import type { Ed25519Jwk } from "./keys.ts";
import { publicKey, standardSecret, textSecret } from "./keys.ts";
import type { RawBody } from "./raw-body.ts";
import { rawBytes } from "./raw-body.ts";
import { checkStandard } from "./standard-form.ts";
import { checkWindow } from "./window.ts";

/** How the sender signs; set at the endpoint. */
export type SignatureForm = "standard" | BodyForm;

export interface VerifierOptions {
  /** Shared secrets, all that are valid at present: during a rotation the old one and the new one, in any order. */
  readonly secrets?: readonly string[];
  /** The sender's ed25519 public keys, for `v1a`: `whpk_...` or the members of its JWK Set. Form `standard` only. */
  readonly publicKeys?: readonly (string | Ed25519Jwk)[];
  /** Default `standard`. The others are for receivers already written, and weaker. */
  readonly form?: SignatureForm;
  /** How far the signed time may lie from now, both ways. Default 300. */
  readonly toleranceSeconds?: number;
  /** How long taken events are remembered. Default 7 days. */
  readonly retentionSeconds?: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

export type Verify = (headers: WebhookHeaders, rawBody: RawBody) => WebhookEvent;

function keysOf(form: SignatureForm, { secrets = [], publicKeys = [] }: VerifierOptions): readonly KeyObject[] {
  if (form !== "standard" && publicKeys.length > 0) throw new TypeError("public keys are for form standard only");
  const shared = secrets.map(form === "standard" ? standardSecret : textSecret);
  const keys = [...shared, ...publicKeys.map(publicKey)];
  if (keys.length === 0) throw new TypeError("a receiver needs a secret or a public key");
  return keys;
}

/**
 * Where the sending's time is not signed, the event's own time is: what is older than the memory of taken events could be
 * a replay that nothing would recognise.
 */
function checkEventAge(event: WebhookEvent, nowMs: number, retentionSeconds: number): void {
  const timeMs = Date.parse(event.time);
  if (Number.isNaN(timeMs)) throw new WebhookError("malformed_body", "the event's time is not a date");
  checkWindow(timeMs, { nowMs, toleranceSeconds: retentionSeconds });
}

/** Reads the keys once. Throws a TypeError for keys that are none. */
export function createVerifier(options: VerifierOptions & { readonly retentionSeconds: number }): Verify {
  const { form = "standard", toleranceSeconds = 300, now = Date.now, retentionSeconds } = options;
  const keys = keysOf(form, options);
  return (headers, rawBody) => {
    const body = rawBytes(rawBody);
    const nowMs = now();
    const window = { nowMs, toleranceSeconds };
    if (form === "standard") {
      const id = checkStandard(headers, body, keys, window);
      const event = parseEvent(body);
      if (event.id !== id) throw new WebhookError("id_mismatch", "webhook-id is not the id of the body");
      return event;
    }
    checkBodyForm(form, headers, body, keys, window);
    const event = parseEvent(body);
    if (!signsTime(form)) checkEventAge(event, nowMs, retentionSeconds);
    return event;
  };
}
