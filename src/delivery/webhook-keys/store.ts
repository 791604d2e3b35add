/** Statements of the key pairs that sign webhooks. */
import { GATE, tenantQuery } from "../../db/query.ts";

export interface WebhookKeyRow {
  readonly kid: string;
  readonly public_key: string;
  readonly sealed_private: Buffer;
  readonly created_at: Date;
  readonly retire_at: Date | null;
}

/** Those that sign now: the current one first, then the newest. */
export const readWebhookKeys = tenantQuery<WebhookKeyRow>(
  "webhook-keys.read",
  `select k.kid, k.public_key, k.sealed_private, k.created_at, k.retire_at from handover.webhook_key k
   where ${GATE} and k.tenant = $1 and (k.retire_at is null or k.retire_at > now())
   order by k.retire_at desc nulls first, k.kid`,
);

/** No row: there is a current pair. */
export const addWebhookKey = tenantQuery<
  { readonly kid: string },
  readonly [kid: string, publicKey: string, sealedPrivate: Uint8Array]
>(
  "webhook-keys.add",
  `insert into handover.webhook_key (tenant, kid, public_key, sealed_private)
   select $1, $2, $3, $4 where ${GATE} on conflict (tenant) where retire_at is null do nothing returning kid`,
);

/** The current pair signs on for so long beside the one that comes. */
export const retireWebhookKeys = tenantQuery<{ readonly retire_at: Date }, readonly [overlapMs: number]>(
  "webhook-keys.retire",
  `update handover.webhook_key k set retire_at = now() + $2::float8 * interval '1 millisecond'
   where ${GATE} and k.tenant = $1 and k.retire_at is null returning k.retire_at`,
);

/** A pair that signs no more is worth nothing to us, and something to a thief: its private half goes. */
export const forgetWebhookKeys = tenantQuery<{ readonly kid: string }>(
  "webhook-keys.forget",
  `update handover.webhook_key k set sealed_private = ''
   where ${GATE} and k.tenant = $1 and k.retire_at <= now() and k.sealed_private <> '' returning k.kid`,
);

/** Lanes that are at work read their keys again. */
export const touchAsymmetric = tenantQuery<{ readonly id: string }>(
  "webhook-keys.touch",
  `update handover.endpoint e set revision = e.revision + 1
   where ${GATE} and e.tenant = $1 and e.settings @> '{"asymmetric": true}' returning e.id`,
);
