/** Webhooks from providers of models, wired to the tenants' secrets. */
import { parseSigningSecret } from "../core/signature/keys.ts";
import type { InboxDeps } from "../generation/inbox/receive.ts";
import type { Foundation } from "./foundation.ts";

export function modelInbox({ database, wakeUp, tenants, secrets }: Foundation): InboxDeps {
  return {
    pool: database.http,
    wakeUp,
    keysOf: (tenant, provider) =>
      (tenants.byId(tenant)?.generation.inbound ?? []).flatMap((entry) => {
        if (entry.provider !== provider) return [];
        return parseSigningSecret(secrets.get("secret", entry) ?? "") ?? [];
      }),
    now: () => Date.now(),
  };
}
