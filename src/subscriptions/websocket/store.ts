/** Rows of binding tokens. */
import { GATE, tenantQuery } from "../../db/query.ts";

export const insertBindingToken = tenantQuery<
  { readonly expires_at: Date },
  readonly [digest: Uint8Array, client: string, subscriptions: readonly string[], lifetimeSeconds: number]
>(
  "subscriptions.add_binding_token",
  `insert into handover.binding_token (tenant, digest, client, subscriptions, expires_at)
   select $1, $2, $3, $4::text[], now() + make_interval(secs => $5::double precision) where ${GATE} returning expires_at`,
);

/** Uses a token up. No row: unknown, used or too old. */
export const takeBindingToken = tenantQuery<
  { readonly client: string; readonly subscriptions: readonly string[] },
  readonly [digest: Uint8Array]
>(
  "subscriptions.take_binding_token",
  `delete from handover.binding_token b where ${GATE} and b.tenant = $1 and b.digest = $2 and b.expires_at > now()
   returning b.client, b.subscriptions`,
);

/** Tokens that nobody used in time. */
export const forgetBindingTokens = tenantQuery<{ readonly client: string }>(
  "subscriptions.forget_binding_tokens",
  `delete from handover.binding_token b where ${GATE} and b.tenant = $1 and b.expires_at <= now() returning b.client`,
);
