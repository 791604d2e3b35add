/** Ids that follow from what they name, so that every attempt at one notification carries the same. */
import { createHash } from "node:crypto";

/** A UUID (RFC 9562, version 8: our own bits) made from text. */
export function derivedUuid(...parts: readonly string[]): string {
  const bytes = createHash("sha256").update(parts.join("\n")).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Bundle and status ids of the notification of one event (or one handshake, one heartbeat). */
export function notificationIds(
  subscription: string,
  occasion: string,
): { readonly bundle: string; readonly status: string } {
  return {
    bundle: derivedUuid("bundle", subscription, occasion),
    status: derivedUuid("status", subscription, occasion),
  };
}
