/** The tenant's webhook keys, as its API and the operator's command line see and rotate them. */
import type { PublicWebhookKey } from "../webhook-keys/keys.ts";
import { publicWebhookKeys, rotateWebhookKeys } from "../webhook-keys/keys.ts";
import type { RegistryCaller, RegistryDeps } from "./deps.ts";
import { noteChange } from "./deps.ts";

/** Current first. */
export function webhookKeys({ pool }: RegistryDeps, tenant: string): Promise<readonly PublicWebhookKey[]> {
  return publicWebhookKeys(pool, tenant);
}

/** @param overlapMs how long the key before goes on signing beside the new one */
export function rotateKeys(
  deps: RegistryDeps,
  caller: RegistryCaller,
  overlapMs: number,
): Promise<readonly PublicWebhookKey[]> {
  return deps.pool.transaction(caller.tenant, async (tx) => {
    const keys = await rotateWebhookKeys(tx, deps.sealer, caller.tenant, overlapMs);
    await noteChange(deps, tx, caller, "rotate-webhook-keys");
    return keys;
  });
}
