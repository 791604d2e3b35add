/** The scopes that we ask for with our own token. */
import { defaultSystemScopes, subscribingSystemScopes } from "../core/smart/default-scopes.ts";
import type { TenantConfig } from "./tenant-schema.ts";

/** Who named no scopes asks for what is used; a list of the hospital's own is sent as written. */
export function systemScopesOf({ ehr: { backendServices, subscriptions } }: Pick<TenantConfig, "ehr">): string {
  const scopes = backendServices?.scopes ?? defaultSystemScopes;
  const subscribes = subscriptions !== undefined && subscriptions.channel !== "polling";
  return subscribes && scopes === defaultSystemScopes ? subscribingSystemScopes : scopes;
}
