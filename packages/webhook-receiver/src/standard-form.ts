/** Form `standard`: Standard Webhooks 1.0.0, `v1` (HMAC-SHA256) and `v1a` (ed25519) over `id.timestamp.body`. */
import { createHmac, timingSafeEqual, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { WebhookError } from "./error.ts";
import type { WebhookHeaders } from "./headers.ts";
import { requiredHeader } from "./headers.ts";
import type { ReplayWindow } from "./window.ts";
import { checkWindow } from "./window.ts";

interface Entry {
  readonly scheme: string;
  readonly signature: Buffer;
}

function entriesOf(header: string): readonly Entry[] {
  return header.split(" ").flatMap((text) => {
    const [, scheme, base64] = /^(v1a?),([A-Za-z0-9+/]+={0,2})$/u.exec(text) ?? [];
    return scheme === undefined || base64 === undefined ? [] : [{ scheme, signature: Buffer.from(base64, "base64") }];
  });
}

const schemeOf = (key: KeyObject): string => (key.type === "secret" ? "v1" : "v1a");

function signedBy(key: KeyObject, signature: Buffer, head: string, body: Uint8Array): boolean {
  if (key.type !== "secret") return verify(null, Buffer.concat([Buffer.from(head), body]), key, signature);
  const wanted = createHmac("sha256", key).update(head).update(body).digest();
  return signature.length === wanted.length && timingSafeEqual(signature, wanted);
}

/** Checks headers and body. @returns the id that was signed */
export function checkStandard(
  headers: WebhookHeaders,
  body: Uint8Array,
  keys: readonly KeyObject[],
  window: ReplayWindow,
): string {
  const id = requiredHeader(headers, "webhook-id");
  const timestamp = requiredHeader(headers, "webhook-timestamp");
  const entries = entriesOf(requiredHeader(headers, "webhook-signature"));
  if (!/^\d{1,12}$/u.test(timestamp))
    throw new WebhookError("malformed_header", "webhook-timestamp is not a number of seconds");
  checkWindow(Number(timestamp) * 1000, window);
  const known = new Set(keys.map(schemeOf));
  const usable = entries.filter(({ scheme }) => known.has(scheme));
  if (usable.length === 0)
    throw new WebhookError("unknown_scheme", `webhook-signature has no entry of ${[...known].join(" or ")}`);
  const head = `${id}.${timestamp}.`;
  const matches = keys.some((key) =>
    usable.some((entry) => entry.scheme === schemeOf(key) && signedBy(key, entry.signature, head, body)),
  );
  if (!matches) throw new WebhookError("no_match", "no known key made this signature");
  return id;
}
