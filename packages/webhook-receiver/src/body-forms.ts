/**
 * The three forms for receivers already written. Two of them sign the body alone: whoever captured a request once can send
 * it again with any timestamp, and only a memory of ids stops that.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { WebhookError } from "./error.ts";
import type { WebhookHeaders } from "./headers.ts";
import { requiredHeader } from "./headers.ts";
import type { ReplayWindow } from "./window.ts";
import { checkWindow } from "./window.ts";

export const bodyForms = ["sha256-body", "hex-body", "sha256-timestamp-body"] as const;
export type BodyForm = (typeof bodyForms)[number];

/** Whether the time is under the signature; where it is not, the timestamp header proves nothing. */
export function signsTime(form: BodyForm): boolean {
  return form === "sha256-timestamp-body";
}

function timeMsOf(form: BodyForm, timestamp: string): number {
  if (!/^\d{1,15}$/u.test(timestamp))
    throw new WebhookError("malformed_header", "x-webhook-timestamp is not a whole number");
  return signsTime(form) ? Number(timestamp) * 1000 : Number(timestamp);
}

function signatureOf(form: BodyForm, header: string): Buffer {
  const [, digest] = (form === "hex-body" ? /^([0-9a-f]{64})$/iu : /^sha256=([0-9a-f]{64})$/iu).exec(header) ?? [];
  if (digest === undefined) throw new WebhookError("malformed_header", `x-webhook-signature is not of form ${form}`);
  return Buffer.from(digest, "hex");
}

/** Checks headers and body. The timestamp is held to the window in every form: it tells of wrong clocks at the least. */
export function checkBodyForm(
  form: BodyForm,
  headers: WebhookHeaders,
  body: Uint8Array,
  keys: readonly KeyObject[],
  window: ReplayWindow,
): void {
  const timestamp = requiredHeader(headers, "x-webhook-timestamp");
  const signature = signatureOf(form, requiredHeader(headers, "x-webhook-signature"));
  checkWindow(timeMsOf(form, timestamp), window);
  const head = signsTime(form) ? `${timestamp}.` : "";
  const matches = keys.some((key) =>
    timingSafeEqual(signature, createHmac("sha256", key).update(head).update(body).digest()),
  );
  if (!matches) throw new WebhookError("no_match", "no known secret made this signature");
}
