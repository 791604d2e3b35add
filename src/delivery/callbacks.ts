/** A job's own callback: an endpoint that lies under a registered one, and signs, paces and retries as that one does. */
import { createHash } from "node:crypto";
import type { EventType } from "../core/event/event.ts";
import { wantsEvent } from "../core/delivery/event-filter.ts";
import type { WebhookSettings } from "./endpoint.ts";

/** What a caller who waits for one job wants to be told: how it ends, and what becomes of its summary. */
const callbackEvents = ["task.completed", "task.failed", "task.cancelled", "summary.*", "document.*"];

export function isCallbackEvent(type: EventType): boolean {
  return wantsEvent(callbackEvents, type);
}

/** One endpoint for each URL, so that its numbers are gapless for whoever listens there. */
export function callbackId(url: string): string {
  return `callback-${createHash("sha256").update(url).digest("hex").slice(0, 32)}`;
}

const asFolder = (path: string): string => (path.endsWith("/") ? path : `${path}/`);

/** True when `url` is `base` or lies below it on the same origin. */
function liesUnder(url: URL, base: URL): boolean {
  return url.origin === base.origin && asFolder(url.pathname).startsWith(asFolder(base.pathname));
}

/** The registered endpoint with the longest URL above the callback's; undefined where it has been taken away since. */
export function parentOf<T extends { readonly settings: WebhookSettings }>(
  url: string,
  registered: readonly T[],
): T | undefined {
  const target = URL.parse(url);
  if (target === null) return undefined;
  return registered
    .filter((endpoint) => liesUnder(target, new URL(endpoint.settings.url)))
    .toSorted((a, b) => b.settings.url.length - a.settings.url.length)[0];
}
