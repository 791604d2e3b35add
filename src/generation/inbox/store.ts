/** Statements on the webhooks that providers sent. */
import { GATE, tenantQuery } from "../../db/query.ts";
import { systemQuery } from "../../db/system.ts";

/** No row: it came before. */
export const takeWebhook = tenantQuery<
  { readonly webhook_id: string },
  readonly [provider: string, webhookId: string, work: string, type: string]
>(
  "model-inbox.take",
  `insert into handover.model_inbox (tenant, provider, webhook_id, work, type) select $1, $2, $3, $4, $5 where ${GATE}
   on conflict (tenant, provider, webhook_id) do nothing returning webhook_id`,
);

export const forgetModelInbox = systemQuery<{ readonly removed: string }>(
  "model-inbox.forget",
  "select * from handover.sys_forget_model_inbox()",
);
