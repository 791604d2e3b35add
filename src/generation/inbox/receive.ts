/**
 * A provider's webhook: it says that some work has ended, by an id. Nothing else of it is used: the result is fetched by
 * whoever waits for it, over the connection that we open ourselves.
 */
import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { AdapterError } from "../../core/errors.ts";
import { verifyStandard } from "../../core/signature/standard.ts";
import type { Pool } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import type { WakeUp } from "../../events/event-log.ts";
import { takeWebhook } from "./store.ts";

export interface InboxDeps {
  readonly pool: Pool;
  readonly wakeUp: Pick<WakeUp, "notify">;
  /** The secrets that the tenant shares with a provider, the old one too while it is changed; none: no such inbox. */
  readonly keysOf: (tenant: string, provider: string) => readonly KeyObject[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface InboundWebhook {
  readonly tenant: string;
  readonly provider: string;
  readonly header: (name: string) => string | undefined;
  /** As it came: it is verified before anything reads it. */
  readonly body: Uint8Array;
}

/** Longest values that a provider of good faith sends. */
const longestId = 255;
const longestSignature = 4_000;

/** OpenAI's `{ object: "event", type, data: { id } }` and Anthropic's `{ type: "event", data: { type, id } }`. */
const eventShape = z.object({
  type: z.string().max(100),
  data: z.object({ id: z.string().min(1).max(longestId), type: z.string().max(100).optional() }),
});

/** A library that verifies without an id would take `timestamp.body` for signed: here each part must be there. */
function required(header: InboundWebhook["header"], name: string, longest: number): string {
  const value = header(name);
  if (value === undefined || value === "") throw new AdapterError("parameter_missing", { at: name });
  if (value.length > longest) throw new AdapterError("parameter_invalid", { at: name });
  return value;
}

function verified(webhook: InboundWebhook, keys: readonly KeyObject[], nowMs: number): string {
  const id = required(webhook.header, "webhook-id", longestId);
  const timestamp = required(webhook.header, "webhook-timestamp", 20);
  const signature = required(webhook.header, "webhook-signature", longestSignature);
  const verdict = verifyStandard({ id, timestamp, signature, body: webhook.body }, keys, Math.floor(nowMs / 1000));
  if (verdict !== "valid") throw new AdapterError("unauthenticated", { detail: verdict });
  return id;
}

function eventIn(body: Uint8Array): z.infer<typeof eventShape> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    throw new AdapterError("request_malformed");
  }
  const event = eventShape.safeParse(value);
  if (!event.success) throw new AdapterError("request_malformed");
  return event.data;
}

/** How a wake-up names work that has ended. */
export const workKey = (tenant: string, work: string): string => `${tenant}/${work}`;

/**
 * Takes one webhook. What came before is accepted again and does nothing; work that nobody here knows is accepted too: the
 * call that began it may not have told us its id yet, and asks by itself before long.
 *
 * @returns whether it is new
 * @throws AdapterError not_found, parameter_missing, unauthenticated, request_malformed
 */
export async function receiveWebhook(webhook: InboundWebhook, deps: InboxDeps): Promise<boolean> {
  const { tenant, provider } = webhook;
  const keys = deps.keysOf(tenant, provider);
  if (keys.length === 0) throw new AdapterError("not_found");
  const id = verified(webhook, keys, deps.now());
  const { type, data } = eventIn(webhook.body);
  const rows = await run(deps.pool, takeWebhook, tenant, provider, id, data.id, data.type ?? type);
  if (rows.length === 0) return false;
  deps.wakeUp.notify("answer", workKey(tenant, data.id));
  return true;
}
